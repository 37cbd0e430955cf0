#pragma once
// How many products fit a 64-bit sum, shared by the kernels of every instruction set.
#include <cstddef>

namespace veilray::math {

/// Products of two words below 2^30 that an empty 64-bit sum holds: 16 * (2^30 - 1)^2 < 2^64.
inline constexpr std::size_t kProductsPerSum = 16;
/// Folding the high word of a sum leaves high * (2^32 mod q) + low < 2^62 + 2^32, which has room
/// for eleven more: 2^62 + 2^32 + 11 * (2^30 - 1)^2 < 2^64.
inline constexpr std::size_t kProductsAfterFold = 11;

}  // namespace veilray::math
