#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "plan/layout.h"

namespace veilray::plan {

/// A pool as a sum of ciphertexts: ciphertext k of the pooled tensor is the sum of `groups[k]`.
struct PooledLayout {
  Layout layout;
  std::vector<std::vector<std::uint32_t>> groups;
};

/// Where a tensor stands after summing window x window blocks (a power of two), without a single
/// rotation. Nothing, if the window's row and column bits are not all ciphertext bits. What the
/// pool drops (an odd last row) stays behind as rubbish in slots that nothing reads.
std::optional<PooledLayout> pool_layout(const Layout& layout, std::int64_t window);

/// Of a tensor and, as further channels, as many others: twice the ciphertexts. The number of
/// channels must be a power of two.
Layout stacked_layout(const Layout& layout);

}  // namespace veilray::plan
