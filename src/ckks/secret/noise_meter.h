#pragma once
#include "ckks/ciphertext.h"
#include "ckks/params.h"
#include "ckks/plaintext.h"
#include "ckks/secret/secret_key.h"

namespace veilray::ckks {

/// Of the coefficients of what decryption gives minus what it should give. log2, so 3.2 is 1.68.
struct Noise {
  double max_bits = 0;
  double std_bits = 0;
};

/// Exact: the difference is taken in the ring before it is rounded to doubles.
/// Throws: Error{kLevelMismatch} if `expected` has a lower level than `ct`.
Noise measure_noise(const Params& params, const SecretKey& secret_key, const Ciphertext& ct,
                    const Plaintext& expected);

}  // namespace veilray::ckks
