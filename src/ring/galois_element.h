#pragma once
#include <compare>
#include <cstdint>

namespace veilray::ring {

/// The automorphism X -> X^value, value odd and below 2n.
struct GaloisElement {
  std::uint64_t value = 1;
  friend auto operator<=>(const GaloisElement&, const GaloisElement&) = default;
};

}  // namespace veilray::ring
