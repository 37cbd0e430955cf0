#pragma once
#include <compare>
#include <cstdint>

#include "ring/galois_element.h"
#include "ring/workspace.h"

namespace veilray::ckks {

/// Index of the last live prime of the modulus chain; rescale goes from l to l - 1.
struct Level {
  std::uint32_t value = 0;
  constexpr std::uint32_t limbs() const noexcept { return value + 1; }
  friend auto operator<=>(const Level&, const Level&) = default;
};

/// The factor on the message. Tracked exactly: rescale divides it by the very prime that is
/// dropped.
struct Scale {
  double value = 0;
};

/// Scales that differ only by the rounding of their doubles.
bool same_scale(Scale a, Scale b) noexcept;

/// Rotation to the left: out[i] = in[(i + value) mod slots]. May be negative.
struct RotationStep {
  std::int32_t value = 0;
  friend auto operator<=>(const RotationStep&, const RotationStep&) = default;
};

using ring::GaloisElement;
using ring::Team;
using ring::Workspace;

/// 5^step mod 2n.
GaloisElement to_galois_element(RotationStep step, std::uint32_t n) noexcept;
/// Complex conjugation of every slot: 2n - 1.
GaloisElement conjugation_element(std::uint32_t n) noexcept;

}  // namespace veilray::ckks
