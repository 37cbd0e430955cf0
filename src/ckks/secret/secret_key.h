#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "base/secure_memory.h"
#include "ckks/evaluation_keys.h"
#include "ckks/params.h"

namespace veilray::ckks {

/// A uniform ternary polynomial. Wiped when it dies, never copied, never printed.
class SecretKey {
 public:
  /// Samples a key.
  SecretKey(const Params& params, Rng& rng);

  /// Coefficients as 0, 1, 2 for 0, 1, -1.
  std::span<const std::uint8_t> trits() const noexcept { return trits_.span(); }
  /// Residues of limb `limb` of the extended basis (chain primes, then special ones), NTT domain.
  std::span<const std::uint32_t> limb(std::size_t index) const noexcept;

 private:
  friend Result<SecretKey> make_secret_key(const Params& params, SecureVector<std::uint8_t> trits);
  SecretKey(const Params& params, SecureVector<std::uint8_t> trits);

  std::uint32_t n_ = 0;
  SecureVector<std::uint8_t> trits_;
  SecureVector<std::uint32_t> ntt_;
};

/// `secret.key`: who, which parameters, which model, and the key.
struct SecretKeyFile {
  ClientId client_id{};
  Sha256 model{};
  SecretKey key;
};

/// The bytes of `secret.key`, to be written with mode 0600.
SecureVector<std::byte> serialize(const Params& params, const ClientId& client_id,
                                  const Sha256& model, const SecretKey& key);
Result<SecretKeyFile> parse_secret_key(const Params& params, std::span<const std::byte> wire);

}  // namespace veilray::ckks
