#include "math/modulus.h"

#include <string>

#include "base/error.h"

namespace veilray::math {
namespace {

Residue checked_modulus(Residue q) {
  if (q < 3 || q % 2 == 0 || q >= kResidueBound) {
    throw Error(ErrorCode::kInvalidArgument,
                "modulus " + std::to_string(q) + ": must be odd, at least 3 and below 2^30");
  }
  return q;
}

template <class Word>
constexpr Word round_up(Word bound, Word q) {
  return (bound + q - 1) / q * q;
}

}  // namespace

Modulus::Modulus(Residue q)
    : q_(checked_modulus(q)),
      one_(shoup(1)),
      word_(shoup(static_cast<Residue>((std::uint64_t{1} << 32) % q))),
      cover30_(round_up<Residue>(kResidueBound, q)),
      cover62_(round_up<std::uint64_t>(std::uint64_t{1} << 62, q)) {}

Residue Modulus::pow(Residue base, std::uint64_t exponent) const noexcept {
  Residue result = 1;
  for (; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = mul(result, base);
    base = mul(base, base);
  }
  return result;
}

Residue Modulus::inverse(Residue a) const noexcept { return pow(a, q_ - 2); }

ShoupFactor Modulus::shoup(Residue w) const noexcept {
  return {w, static_cast<Residue>((std::uint64_t{w} << 32) / q_)};
}

}  // namespace veilray::math
