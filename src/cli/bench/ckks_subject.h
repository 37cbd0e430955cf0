#pragma once
// What the group `ckks` times the verbs on: keys, a message and its encryption, at one level.
#include <string>
#include <vector>

#include "base/random.h"
#include "ckks/encoder.h"
#include "ckks/evaluator.h"
#include "ckks/secret/decryptor.h"
#include "ckks/secret/key_generator.h"
#include "ckks/secret/secret_encryptor.h"
#include "cli/bench/diagonals.h"

namespace veilray::cli {

inline constexpr ckks::Scale kBenchScale{0x1p30};

/// Keys are at `level`, as a compiled model's are: at the one where they are used. SeededRng: a
/// benchmark repeats itself.
struct CkksSubject {
  CkksSubject(const ckks::Params& params, ckks::Level level);

  /// The first `count` steps that there are keys for: 1..8, then 16, 24..72, which Diagonals uses
  /// too.
  std::vector<ckks::RotationStep> steps(std::size_t count) const;
  /// The slots of `ct` must be `expected`.
  Status check(const ckks::Ciphertext& ct, const std::vector<double>& expected) const;
  Status check(const std::vector<double>& slots, const std::vector<double>& expected) const;

  const ckks::Params& params;
  ckks::Level level;
  SeededRng secret_rng{1};
  SeededRng public_rng{2};
  ckks::SecretKey secret_key{params, secret_rng};
  ckks::KeyGenerator generator{params, secret_key, secret_rng, public_rng};
  ckks::SecretKeyEncryptor encryptor{params, secret_key, secret_rng, public_rng};
  ckks::Decryptor decryptor{params, secret_key};
  ckks::Encoder encoder{params};
  ckks::Evaluator evaluator{params};
  ckks::RelinearizationKey relinearization;
  ckks::GaloisKeys galois;
  std::vector<double> message, squared;
  ckks::Plaintext plaintext;
  ckks::Ciphertext ct;
  ckks::Workspace workspace;
};

/// Bytes of one rotation key at `level` as it is sent.
std::size_t rotation_key_bytes(CkksSubject& subject);

}  // namespace veilray::cli
