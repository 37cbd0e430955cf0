#pragma once
#include <cstdint>

#include "vision/nn/gemm.h"

namespace veilray::vision::nn {

/// Rows are padded to this many floats; the padding is overwritten.
inline constexpr std::int64_t kSoftmaxPadding = 16;

/// Each row becomes e^row / sum(e^row) over its first `columns` values. The stride of `matrix` is a
/// multiple of kSoftmaxPadding.
void softmax_rows(Rows<float> matrix, std::int64_t rows, std::int64_t columns);

}  // namespace veilray::vision::nn
