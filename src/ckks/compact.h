#pragma once
// What an answer shrinks to. A slot vector of period p is a polynomial in X^(n/2p): of c_0 its 2p
// coefficients are all that a client needs. Of every coefficient one word is: what lies below it is
// noise.
#include <cstdint>
#include <vector>

#include "ckks/ciphertext.h"
#include "ckks/params.h"
#include "ckks/types.h"

namespace veilray::ckks {

inline constexpr std::uint32_t kCompactBits = 32;
/// n / coefficients at the least: what ring::sparse_to_ntt can do.
inline constexpr std::uint32_t kLeastCompactRun = 16;

/// Coefficients modulo 2^32: those of c_0 at multiples of n / c0.size(), all of c_1. There
/// c_0 + c_1 s = scale * message + noise, modulo 2^32.
struct CompactCiphertext {
  std::vector<std::uint32_t> c0, c1;
  Scale scale;
};

/// Coefficients of c_0 that hold slots of that period; shorter periods are kept as one of 8.
std::uint32_t compact_coefficients(std::uint32_t period);
/// What a message's scale becomes: the modulus goes from q_0 ... q_level to 2^32.
Scale compact_scale(const Params& params, Level level, Scale scale);

/// Rounds every coefficient to a multiple of Q_level / 2^32, which adds noise of variance
/// (1 + |s|^2) / 12 to the message's. Level: any.
/// Throws: Error{kInvalidArgument} for another degree than 1, or a period that is no power of two,
/// or above n / 32.
CompactCiphertext compact(const Params& params, const Ciphertext& ct, std::uint32_t period);

}  // namespace veilray::ckks
