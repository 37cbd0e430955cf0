#include "vision/resample.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace veilray::vision {
namespace {

ResampleTaps taps_of(std::uint32_t out_index, const ResampleAxis& axis) {
  const double scale = static_cast<double>(axis.in) / axis.out;
  const double reach = std::max(scale, 1.0);
  const double centre = scale * (out_index + 0.5);
  const double begin = std::max(std::floor(centre - reach + 0.5), 0.0);
  const double end = std::min(std::floor(centre + reach + 0.5), static_cast<double>(axis.in));

  std::vector<double> weights;
  for (double i = begin; i < end; ++i) {
    weights.push_back(std::max(1.0 - std::abs((i + 0.5 - centre) / reach), 0.0));
  }
  const double sum = std::reduce(weights.begin(), weights.end());
  ResampleTaps taps{static_cast<std::uint32_t>(begin)};
  for (const double weight : weights) taps.weights.push_back(static_cast<float>(weight / sum));
  return taps;
}

// One image row to taps.size() outputs a channel, interleaved as the row is.
void shrink_row(std::span<float> out, std::span<const std::uint16_t> row, std::size_t channels,
                const std::vector<ResampleTaps>& taps) {
  for (std::size_t x = 0; x < taps.size(); ++x) {
    for (std::size_t c = 0; c < channels; ++c) {
      const auto* from = row.data() + taps[x].begin * channels + c;
      float sum = 0;
      for (const float weight : taps[x].weights) {
        sum += weight * static_cast<float>(*from);
        from += channels;
      }
      out[x * channels + c] = sum;
    }
  }
}

}  // namespace

std::vector<ResampleTaps> resample_taps(const ResampleAxis& axis) {
  std::vector<ResampleTaps> taps;
  for (std::uint32_t i = 0; i < axis.count; ++i) taps.push_back(taps_of(axis.first + i, axis));
  return taps;
}

std::vector<float> resample(const Image& image, const ResampleAxis& x, const ResampleAxis& y) {
  const auto x_taps = resample_taps(x);
  const auto y_taps = resample_taps(y);
  const std::size_t channels = image.channels();
  const auto row_samples = image.width * channels;
  const auto plane = std::size_t{x.count} * y.count;

  // Rows are shrunk as they are met and spread over the outputs that want them.
  std::vector<float> row(x.count * channels);
  std::vector<float> out(plane * channels, 0.0F);
  const auto last = y_taps.back().begin + y_taps.back().weights.size();
  std::size_t first_open = 0;
  for (std::size_t in_y = y_taps.front().begin; in_y < last; ++in_y) {
    shrink_row(row, std::span(image.samples).subspan(in_y * row_samples, row_samples), channels,
               x_taps);
    for (auto out_y = first_open; out_y < y.count && y_taps[out_y].begin <= in_y; ++out_y) {
      const auto& taps = y_taps[out_y];
      const auto tap = in_y - taps.begin;
      if (tap >= taps.weights.size()) {
        first_open = out_y + 1;
        continue;
      }
      for (std::size_t i = 0; i < row.size(); ++i) {
        out[(i % channels) * plane + out_y * x.count + i / channels] += taps.weights[tap] * row[i];
      }
    }
  }
  return out;
}

}  // namespace veilray::vision
