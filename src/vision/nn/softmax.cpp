#include "vision/nn/softmax.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "vision/nn/simd.h"
#include "vision/nn/threads.h"

namespace veilray::vision::nn {
namespace {

constexpr int kWidth = 16;
static_assert(kSoftmaxPadding % kWidth == 0);

VEILRAY_SIMD_CLONES void softmax_row(float* row, std::int64_t columns) {
  using Float = Lanes<kWidth>::Float;
  const std::int64_t padded = (columns + kWidth - 1) / kWidth * kWidth;
  std::fill(row + columns, row + padded, -std::numeric_limits<float>::infinity());

  Float value, most;
  load(most, row);
  for (std::int64_t i = kWidth; i < padded; i += kWidth) {
    load(value, row + i);
    most = value > most ? value : most;
  }
  float largest = most[0];
  for (int lane = 1; lane < kWidth; ++lane) largest = std::max(largest, most[lane]);

  Float sum = {};
  for (std::int64_t i = 0; i < padded; i += kWidth) {
    load(value, row + i);
    value -= largest;
    exp_lanes<kWidth>(value);
    sum += value;
    store(row + i, value);
  }
  double total = 0.0;
  for (int lane = 0; lane < kWidth; ++lane) total += static_cast<double>(sum[lane]);
  const auto inverse = static_cast<float>(1.0 / total);
  for (std::int64_t i = 0; i < padded; i += kWidth) {
    load(value, row + i);
    value *= inverse;
    store(row + i, value);
  }
}

}  // namespace

void softmax_rows(Rows<float> matrix, std::int64_t rows, std::int64_t columns) {
  VEILRAY_ASSERT(columns > 0 && matrix.stride % kSoftmaxPadding == 0 && matrix.stride >= columns);
  parallel_for(rows,
               [&](std::int64_t r) { softmax_row(matrix.data + r * matrix.stride, columns); });
}

}  // namespace veilray::vision::nn
