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

  /// Takes coefficients of -1, 0, 1. Throws: Error{kInvalidArgument} for another count than n.
  SecretKey(const Params& params, SecureVector<std::int8_t> coefficients);

  std::span<const std::int8_t> coefficients() const noexcept { return coefficients_.span(); }
  /// Transformed, n words for each prime of the basis: the chain, then the special primes.
  std::span<const std::uint32_t> residues() const noexcept { return residues_.span(); }
  std::span<const std::uint32_t> residues(std::uint32_t prime) const noexcept {
    return residues().subspan(prime * coefficients_.size(), coefficients_.size());
  }

 private:
  SecureVector<std::int8_t> coefficients_;
  SecureVector<std::uint32_t> residues_;
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
