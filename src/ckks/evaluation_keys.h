#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "base/hash.h"
#include "base/random.h"
#include "ckks/params.h"
#include "ckks/types.h"
#include "math/automorphism.h"
#include "ring/poly.h"

namespace veilray::ckks {

/// 128 random bits that `keygen` mints: whose keys, whose ciphertext.
using ClientId = std::array<std::byte, 16>;

/// Switches a polynomial from one secret to another at `level` and below: for each digit d a pair
/// (b_d, a_d) over q_0..q_level and the special primes, b_d = -a_d s_to + e_d + P g_d s_from.
/// The halves a_d are uniform and expand from `seed`.
/// Source: Han, Ki, eprint 2019/688.
struct KeySwitchKey {
  Level level;
  Seed seed{};
  std::vector<ring::NttPoly> b;
  std::vector<ring::NttPoly> a;
};

/// A uniform polynomial from a published seed. Each limb has a stream of its own, numbered
/// `stream` * 2^32 + its prime's place in the basis, so a level's limbs do not depend on the level.
ring::NttPoly expand_uniform(const Params& params, const ring::Shape& shape, const Seed& seed,
                             std::uint32_t stream = 0);

/// From s^2 to s.
struct RelinearizationKey {
  KeySwitchKey key;
};

/// For one automorphism g: the key from s to g^-1(s), and g itself, which is applied after the
/// switch and makes g^-1(s) the secret s again: so one decomposition serves every rotation
/// (hoisting).
struct GaloisKey {
  KeySwitchKey key;
  math::AutomorphismTable automorphism;
};

class GaloisKeys {
 public:
  /// Replaces a key of the same element.
  void add(GaloisElement element, KeySwitchKey key);
  /// Null if absent.
  const GaloisKey* find(GaloisElement element) const noexcept;
  const std::map<GaloisElement, GaloisKey>& all() const noexcept { return keys_; }
  std::size_t size() const noexcept { return keys_.size(); }

 private:
  std::map<GaloisElement, GaloisKey> keys_;
};

/// An encryption of zero under the secret key over the whole chain and the special primes:
/// b = -a s + e, a from `seed`. The special primes go when it is used, and most of the noise with
/// them.
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
