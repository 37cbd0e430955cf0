#pragma once
#include "ckks/ciphertext.h"
#include "ckks/compact.h"
#include "ckks/params.h"
#include "ckks/plaintext.h"
#include "ckks/secret/secret_key.h"

namespace veilray::ckks {

/// Holds references: the parameters and the key must outlive it.
class Decryptor {
 public:
  Decryptor(const Params& params, const SecretKey& secret_key);

  /// Degree 1 or 2, any level. The result is message * scale + noise: whoever shares it unrounded
  /// may give the key away (IND-CPA-D).
  Plaintext decrypt(const Ciphertext& ct) const;
  /// The same for what is left of an answer; the plaintext is at level 0.
  Plaintext decrypt(const CompactCiphertext& ct) const;

 private:
  const Params& params_;
  const SecretKey& secret_key_;
};

}  // namespace veilray::ckks
