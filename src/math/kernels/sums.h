#pragma once
// How many products fit a 64-bit sum, shared by the kernels of every instruction set.
#include <cstddef>

#include "math/modulus.h"

namespace veilray::math {

/// Products of two words below 2^30 that an empty 64-bit sum holds.
inline constexpr std::size_t kProductsPerSum = 16;
/// Folding the high word of a sum leaves high * (2^32 mod q) + low < 2^62 + 2^32, which has room
/// for this many more.
inline constexpr std::size_t kProductsAfterFold = 12;

inline constexpr unsigned __int128 kSumEnd = static_cast<unsigned __int128>(1) << 64;
inline constexpr unsigned __int128 kLargestProduct =
    static_cast<unsigned __int128>(kResidueBound - 1) * (kResidueBound - 1);
inline constexpr unsigned __int128 kLargestFolded = (kSumEnd >> 2) + (kSumEnd >> 32);
/// A sum may begin with a residue instead of nothing.
static_assert(kResidueBound + kProductsPerSum * kLargestProduct < kSumEnd);
static_assert(kLargestFolded + kProductsAfterFold * kLargestProduct < kSumEnd);

}  // namespace veilray::math
