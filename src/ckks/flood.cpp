#include "ckks/flood.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "base/secure_memory.h"
#include "ring/arithmetic.h"
#include "ring/basis.h"
#include "ring/transform.h"

namespace veilray::ckks {
namespace {

/// A power-of-two range needs no rejection: nothing branches on what is drawn.
SecureVector<std::int64_t> uniform_noise(std::size_t count, std::uint32_t bits, Rng& rng) {
  SecureVector<std::int64_t> noise(count);
  rng.fill(std::as_writable_bytes(noise.span()));
  const std::int64_t bound = std::int64_t{1} << bits;
  for (std::int64_t& x : noise.span()) x = (x & (2 * bound - 1)) - bound;
  return noise;
}

}  // namespace

Ciphertext flood(const Params& params, Ciphertext ct, std::uint32_t bits, Rng& rng) {
  if (bits >= 62) throw Error(ErrorCode::kInvalidArgument, "more flooding than 62 bits");
  const auto noise = uniform_noise(params.n(), bits, rng);
  ring::CoeffPoly poly(ct.part(0).shape());
  for (std::uint32_t limb = 0; limb < poly.limbs(); ++limb) {
    const auto& q = params.basis().modulus(limb);
    std::transform(noise.span().begin(), noise.span().end(), poly.limb(limb).begin(),
                   [&](std::int64_t x) { return q.reduce_signed(x); });
  }
  ring::add_to(params.basis(), ct.part(0), ring::to_ntt(params.basis(), std::move(poly)));
  return ct;
}

CompactCiphertext flood(CompactCiphertext ct, std::uint32_t bits, Rng& rng) {
  if (bits >= kCompactBits) throw Error(ErrorCode::kInvalidArgument, "more flooding than 32 bits");
  const auto noise = uniform_noise(ct.c0.size(), bits, rng);
  std::ranges::transform(noise.span(), ct.c0, ct.c0.begin(), [](std::int64_t x, std::uint32_t c) {
    return c + static_cast<std::uint32_t>(x);
  });
  return ct;
}

std::uint32_t flood_bits_within(const Params& params, double budget, Scale scale,
                                std::uint32_t coefficients) {
  // A slot is the sum over c coefficients of m_k cos(k theta) with |m_k| <= B and sum cos^2 = c
  // / 2. Hoeffding: beyond t with probability at most 2 exp(-t^2 / (B^2 c)); over n / 2 slots that
  // is 2^-40 for t^2 = B^2 c (40 ln 2 + ln n).
  const double tail = 40 * std::log(2.0) + std::log(static_cast<double>(params.n()));
  const double bound = budget * scale.value / std::sqrt(coefficients * tail);
  return bound < 2 ? 0 : std::min(60U, static_cast<std::uint32_t>(std::log2(bound)));
}

}  // namespace veilray::ckks
