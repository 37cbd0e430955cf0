#pragma once
#include "base/random.h"
#include "ckks/encryption.h"
#include "ckks/params.h"
#include "ckks/plaintext.h"
#include "ckks/secret/secret_key.h"

namespace veilray::ckks {

/// Encrypts with the secret key: less noise than with the public one, and half the bytes, because
/// the second half travels as a seed.
class SecretKeyEncryptor {
 public:
  SecretKeyEncryptor(const Params& params, const SecretKey& secret_key, Rng& secret_rng,
                     Rng& public_rng);

  SeededCiphertext encrypt_seeded(const Plaintext& plaintext);
  Ciphertext encrypt(const Plaintext& plaintext);

 private:
  Ciphertext encrypt_with(const Seed& seed, const Plaintext& plaintext);

  const Params& params_;
  const SecretKey& secret_key_;
  Rng& secret_rng_;
  Rng& public_rng_;
};

}  // namespace veilray::ckks
