#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/hash.h"
#include "base/random.h"
#include "ckks/params.h"
#include "ckks/types.h"
#include "ring/poly.h"

namespace veilray::ckks {

/// 128 random bits that `keygen` mints: whose keys, whose ciphertext.
using ClientId = std::array<std::byte, 16>;

/// Switches a polynomial from one secret to another at `level` and below: for each digit d a pair
/// (b_d, a_d) over q_0..q_level and the special primes, b_d = -a_d s + e_d + P g_d s_from.
/// The halves a_d are uniform and expand from `seed`.
/// Source: Han, Ki, eprint 2019/688.
struct KeySwitchKey {
  Level level;
  Seed seed{};
  std::vector<ring::NttPoly> b;
  std::vector<ring::NttPoly> a;
};

/// The uniform halves of a key at `level`, from its seed.
std::vector<ring::NttPoly> expand_uniform_halves(const Params& params, Level level,
                                                 const Seed& seed);

/// From s^2 to s.
struct RelinearizationKey {
  KeySwitchKey key;
};

/// One key per automorphism g, from g^-1(s) to s: the automorphism is applied after the switch, so
/// that one decomposition serves every rotation (hoisting).
class GaloisKeys {
 public:
  void add(GaloisElement element, KeySwitchKey key);
  /// Null if absent.
  const KeySwitchKey* find(GaloisElement element) const noexcept;
  const std::map<GaloisElement, KeySwitchKey>& all() const noexcept { return keys_; }
  std::size_t size() const noexcept { return keys_.size(); }

 private:
  std::map<GaloisElement, KeySwitchKey> keys_;
};

/// An encryption of zero under the secret key, over the whole chain: b = -a s + e, a from `seed`.
struct PublicKey {
  Seed seed{};
  ring::NttPoly b;
  ring::NttPoly a;
};

/// What the server holds for one client: `evaluation.key`. No secret in it.
struct EvaluationKeyBundle {
  ClientId client_id{};
  Sha256 model{};  // fingerprint of the model the keys were made for; opaque here
  RelinearizationKey relinearization;
  GaloisKeys galois;
  PublicKey public_key;
};

}  // namespace veilray::ckks
