#include "ckks/compact.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/error.h"
#include "ckks/encoder.h"
#include "ckks/require.h"
#include "ring/basis.h"
#include "ring/transform.h"

namespace veilray::ckks {
namespace {

/// round(2^32 x / Q) mod 2^32 of every coefficient x: x / Q is, up to an integer, the sum of
/// (x (Q/q_i)^-1 mod q_i) / q_i. Doubles leave some twenty bits below the last one that is kept.
std::vector<std::uint32_t> to_compact_modulus(const Params& params,
                                              const ring::NttPoly& transformed) {
  const ring::Basis& basis = params.basis();
  const auto poly = ring::to_coefficients(basis, transformed);
  std::vector<double> fractions(poly.n());
  for (std::uint32_t i = 0; i < poly.limbs(); ++i) {
    const math::Modulus& q = basis.modulus(i);
    math::Residue others = 1;
    for (std::uint32_t j = 0; j < poly.limbs(); ++j)
      if (j != i) others = q.mul(others, basis.modulus(j).value() % q.value());
    const auto inverse = q.shoup(q.inverse(others));
    const auto limb = poly.limb(i);
    for (std::size_t k = 0; k < fractions.size(); ++k)
      fractions[k] += static_cast<double>(q.mul(limb[k], inverse)) / q.value();
  }
  std::vector<std::uint32_t> rounded(fractions.size());
  std::ranges::transform(fractions, rounded.begin(), [](double fraction) {
    return static_cast<std::uint32_t>(
        std::llrint(std::ldexp(fraction - std::floor(fraction), kCompactBits)));
  });
  return rounded;
}

}  // namespace

std::uint32_t compact_coefficients(std::uint32_t period) {
  return 2 * std::max(period, kMinPeriod);
}

Scale compact_scale(const Params& params, Level level, Scale scale) {
  double value = std::ldexp(scale.value, kCompactBits);
  for (std::uint32_t i = 0; i < level.limbs(); ++i) value /= params.basis().modulus(i).value();
  return {value};
}

CompactCiphertext compact(const Params& params, const Ciphertext& ct, std::uint32_t period) {
  require_degree(ct, 1);
  const std::uint32_t coefficients = compact_coefficients(period);
  if (!std::has_single_bit(period) || coefficients > params.n() / kLeastCompactRun) {
    throw Error(ErrorCode::kInvalidArgument, "no period that a ciphertext can be compacted to");
  }
  const auto c0 = to_compact_modulus(params, ct.part(0));
  CompactCiphertext made{std::vector<std::uint32_t>(coefficients),
                         to_compact_modulus(params, ct.part(1)),
                         compact_scale(params, ct.level(), ct.scale())};
  const std::size_t run = c0.size() / coefficients;
  for (std::size_t k = 0; k < coefficients; ++k) made.c0[k] = c0[k * run];
  return made;
}

}  // namespace veilray::ckks
