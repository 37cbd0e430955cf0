#pragma once
// Random polynomials. Nothing here branches or indexes on what it samples, except the rejection in
// `sample_uniform`, whose output is public.
#include <cstdint>
#include <span>

#include "base/random.h"
#include "math/modulus.h"

namespace veilray::ring {

/// Uniform residues in [0, q): 32-bit little-endian words of the stream, masked to the bits of q,
/// those at or above q skipped. Part of the wire format: seeded halves are expanded with it.
void sample_uniform(std::span<std::uint32_t> out, const math::Modulus& q, Rng& rng);

/// Uniform on {-1, 0, 1} up to a bias of 2^-64. Constant time.
void sample_ternary(std::span<std::int8_t> out, Rng& rng);

/// Centred binomial with 21 coin pairs: the sum of 21 coins minus the sum of 21 others, of standard
/// deviation sqrt(10.5) = 3.24. Constant time.
void sample_error(std::span<std::int8_t> out, Rng& rng);

/// Standard deviation of `sample_error`.
inline constexpr double kErrorStddev = 3.2403703492039302;

/// out = values mod q, in [0, q). Constant time.
void reduce_small(std::span<std::uint32_t> out, std::span<const std::int8_t> values,
                  const math::Modulus& q);

}  // namespace veilray::ring
