#include "ckks/types.h"

#include <cmath>

namespace veilray::ckks {

bool same_scale(Scale a, Scale b) noexcept {
  // A few hundred roundings of 2^-53 each; far below the noise of any ciphertext.
  constexpr double kTolerance = 0x1p-40;
  return std::abs(a.value - b.value) <= kTolerance * std::abs(a.value);
}

GaloisElement to_galois_element(RotationStep step, std::uint32_t n) noexcept {
  const std::uint64_t slots = n / 2, order = std::uint64_t{n} * 2;
  // 5 has order `slots` modulo 2n; the unsigned difference wraps to the right residue.
  auto exponent = static_cast<std::uint64_t>(static_cast<std::int64_t>(step.value)) & (slots - 1);
  std::uint64_t result = 1;
  for (std::uint64_t power = 5; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = result * power % order;
    power = power * power % order;
  }
  return {result};
}

GaloisElement conjugation_element(std::uint32_t n) noexcept { return {2 * std::uint64_t{n} - 1}; }

}  // namespace veilray::ckks
