#include "graph/convolve.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include "base/simd.h"
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

/// What one row of results is made of.
struct RowOperands {
  const Padded& in;
  const float* weight;  // [channels, height, width]
  std::int64_t channels, height, width, stride;
  std::int64_t first_channel, first_row;  // of the input
};

/// Vectors of the compiler's own kind: their sums stay in registers.
typedef double Doubles __attribute__((vector_size(64)));
constexpr std::int64_t kLanes = sizeof(Doubles) / sizeof(double);

/// Sums that lie next to each other from sums[from] on: kCount values, of doubles or of vectors of
/// them (with stride 1), whose inputs are `step` apart.
template <class Value, int kCount>
VEILRAY_INLINE void sum_values(double* sums, const RowOperands& row, std::int64_t from,
                               std::int64_t step) {
  Value acc[kCount] = {};
  const float* weight = row.weight;
  for (std::int64_t c = 0; c < row.channels; ++c)
    for (std::int64_t dy = 0; dy < row.height; ++dy) {
      const double* in = row.in.row(row.first_channel + c, row.first_row + dy) + from * row.stride;
      for (std::int64_t dx = 0; dx < row.width; ++dx, ++in) {
        const double w = double{*weight++};
        for (int k = 0; k < kCount; ++k) {
          Value x;
          std::memcpy(&x, in + k * step, sizeof(x));
          acc[k] += w * x;
        }
      }
    }
  std::memcpy(sums + from, acc, sizeof(acc));
}

/// The last values are moved back where they would reach beyond the row: sums are the same again.
VEILRAY_SIMD_CLONES void sum_row(double* sums, std::int64_t count, const RowOperands& row) {
  constexpr int kApart = 4;
  std::int64_t x = 0;
  if (row.stride == 1 && count >= kLanes) {
    for (; x + 4 * kLanes <= count; x += 4 * kLanes) sum_values<Doubles, 4>(sums, row, x, kLanes);
    for (; x < count; x += kLanes)
      sum_values<Doubles, 1>(sums, row, std::min(x, count - kLanes), kLanes);
  } else if (count >= kApart) {
    for (; x < count; x += kApart)
      sum_values<double, kApart>(sums, row, std::min(x, count - kApart), row.stride);
  } else {
    for (; x < count; ++x) sum_values<double, 1>(sums, row, x, row.stride);
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
      sum_row(sums.data(), shape[2],
              {padded, &conv.weight.data[at(o * k[1] * k[2] * k[3])], k[1], k[2], k[3], conv.stride,
               first_channel, y * conv.stride});
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
