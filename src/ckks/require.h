#pragma once
// What the operations on ciphertexts demand of their operands.
#include <cstdint>
#include <span>

#include "ckks/ciphertext.h"
#include "ckks/evaluation_keys.h"
#include "ckks/params.h"
#include "ckks/plaintext.h"
#include "ckks/types.h"

namespace veilray::ckks {

inline constexpr GaloisElement kIdentity{1};

/// Throws: Error{kLevelMismatch}.
void require_same_level(Level a, Level b);
/// Throws: Error{kScaleMismatch}.
void require_same_scale(Scale a, Scale b);
/// Throws: Error{kInvalidArgument}.
void require_degree(const Ciphertext& ct, std::uint32_t degree);
/// Same level, scale, degree.
void require_matching(const Ciphertext& a, const Ciphertext& b);
/// Of this ring, at `level` or above. Throws: Error{kInvalidArgument, kLevelMismatch}.
void require_plaintext(const Params& params, Level level, const Plaintext& plaintext);
/// Pairs of degree-1 ciphertexts at one level whose products have one scale.
void require_products(std::span<const Ciphertext* const> a, std::span<const Ciphertext* const> b);
/// Throws: Error{kMissingKey}.
const GaloisKey& require_key(const GaloisKeys& keys, GaloisElement element);

}  // namespace veilray::ckks
