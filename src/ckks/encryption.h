#pragma once
#include "base/random.h"
#include "ckks/ciphertext.h"
#include "ckks/evaluation_keys.h"
#include "ckks/params.h"
#include "ckks/plaintext.h"

namespace veilray::ckks {

/// A fresh encryption as it travels: c_1 is uniform and expands from the seed.
struct SeededCiphertext {
  ring::NttPoly c0;
  Seed seed{};
  Scale scale;

  Level level() const noexcept { return {c0.shape().chain_limbs - 1}; }
};

Ciphertext expand(const Params& params, const SeededCiphertext& seeded);

/// Encrypts with the public key. Fresh randomness from `rng` on each call.
Ciphertext encrypt(const Params& params, const PublicKey& key, const Plaintext& plaintext, Rng& rng,
                   Workspace& workspace);

/// Adds a fresh encryption of zero: same message, unlinkable randomness.
Ciphertext rerandomize(const Params& params, Ciphertext ct, const PublicKey& key, Rng& rng,
                       Workspace& workspace);

}  // namespace veilray::ckks
