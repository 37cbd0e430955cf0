#pragma once
#include "base/random.h"
#include "ckks/ciphertext.h"
#include "ckks/compact.h"
#include "ckks/params.h"

namespace veilray::ckks {

/// Adds uniform noise in [-2^bits, 2^bits) to every coefficient of the message, so that the noise
/// it already carries (which depends on what was computed) is hidden as far as 2^bits reaches
/// beyond it. Constant time in the noise. Ranges: bits < 62. Level, scale: unchanged.
Ciphertext flood(const Params& params, Ciphertext ct, std::uint32_t bits, Rng& rng);

/// The same on what is left of c_0. Range: bits < 32.
CompactCiphertext flood(CompactCiphertext ct, std::uint32_t bits, Rng& rng);

/// The largest `bits` for which flooding moves no slot by more than `budget`, except with
/// probability 2^-40, if the slots depend on so many `coefficients`: n, or what
/// compact_coefficients says. Nothing to add: zero.
std::uint32_t flood_bits_within(const Params& params, double budget, Scale scale,
                                std::uint32_t coefficients);

}  // namespace veilray::ckks
