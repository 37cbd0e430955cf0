#include "graph/convolve.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "graph/index.h"

namespace veilray::graph {
namespace {

/// A copy with its zeros around it, in double: the loops below need no borders and convert nothing.
struct Padded {
  std::int64_t height, width;
  std::vector<double> values;

  Padded(const Tensor& in, const std::array<std::int64_t, 4>& padding)
      : height(in.shape[1] + padding[0] + padding[2]),
        width(in.shape[2] + padding[1] + padding[3]),
        values(at(in.shape[0] * height * width)) {
    const std::int64_t w = in.shape[2];
    for (std::int64_t row = 0; row < in.shape[0] * in.shape[1]; ++row) {
      const std::int64_t c = row / in.shape[1], y = row % in.shape[1] + padding[0];
      std::copy_n(&in.data[at(row * w)], w, &values[at((c * height + y) * width + padding[1])]);
    }
  }
  const double* row(std::int64_t c, std::int64_t y) const {
    return &values[at((c * height + y) * width)];
  }
};

/// out[x] += weight * in[x * stride]
void add_scaled(std::span<double> out, const double* in, double weight, std::int64_t stride) {
  if (stride == 1) {
    for (std::size_t x = 0; x < out.size(); ++x) out[x] += weight * in[x];
  } else {
    for (std::size_t x = 0; x < out.size(); ++x) out[x] += weight * in[x * at(stride)];
  }
}

double factor(const std::vector<float>& factors, std::size_t i) {
  return factors.empty() ? 1.0 : double{factors[i]};
}

}  // namespace

Tensor convolve(const Conv2d& conv, const Tensor& in, const Shape& shape) {
  const Padded padded(in, conv.padding);
  const Shape& k = conv.weight.shape;  // out, in / groups, kh, kw
  const std::int64_t out_per_group = k[0] / conv.groups;
  Tensor out{shape, {}};
  out.data.reserve(tensor::element_count(shape));
  std::vector<double> sums(at(shape[2]));
  for (std::int64_t o = 0; o < k[0]; ++o) {
    const std::int64_t first_channel = o / out_per_group * k[1];
    for (std::int64_t y = 0; y < shape[1]; ++y) {
      std::ranges::fill(sums, 0.0);
      const float* weight = &conv.weight.data[at(o * k[1] * k[2] * k[3])];
      for (std::int64_t c = 0; c < k[1]; ++c) {
        for (std::int64_t dy = 0; dy < k[2]; ++dy) {
          const double* row = padded.row(first_channel + c, y * conv.stride + dy);
          for (std::int64_t dx = 0; dx < k[3]; ++dx) {
            add_scaled(sums, row + dx, double{*weight++}, conv.stride);
          }
        }
      }
      const double bias = conv.bias.empty() ? 0.0 : double{conv.bias[at(o)]};
      const double row_factor = factor(conv.row_factors, at(y));
      for (std::size_t x = 0; x < sums.size(); ++x)
        out.data.push_back(
            static_cast<float>(sums[x] * row_factor * factor(conv.column_factors, x) + bias));
    }
  }
  return out;
}

}  // namespace veilray::graph
