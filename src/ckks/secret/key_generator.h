#pragma once
#include <cstdint>
#include <span>

#include "base/random.h"
#include "ckks/evaluation_keys.h"
#include "ckks/params.h"
#include "ckks/secret/secret_key.h"

namespace veilray::ckks {

/// A rotation that the server will ask for, and the highest level it will ask for it at: keys for
/// lower levels are smaller.
struct RotationRequest {
  RotationStep step;
  Level level;
};

/// Makes evaluation keys. `secret_rng` feeds secrets and errors, `public_rng` the published seeds:
/// two generators, so that what is published says nothing about what is not.
class KeyGenerator {
 public:
  KeyGenerator(const Params& params, const SecretKey& secret_key, Rng& secret_rng, Rng& public_rng);

  RelinearizationKey relinearization_key(Level level);
  KeySwitchKey galois_key(GaloisElement element, Level level);
  /// One key per distinct step (modulo slots), at the highest level asked for; step 0 needs none.
  GaloisKeys galois_keys(std::span<const RotationRequest> rotations);
  PublicKey public_key();

 private:
  /// Both secrets: n transformed words for each prime of the basis.
  KeySwitchKey switch_key(std::span<const std::uint32_t> from, std::span<const std::uint32_t> to,
                          Level level);

  const Params& params_;
  const SecretKey& secret_key_;
  Rng& secret_rng_;
  Rng& public_rng_;
};

}  // namespace veilray::ckks
