#include "ckks/secret/key_generator.h"

#include <algorithm>
#include <map>
#include <utility>

#include "ckks/require.h"
#include "ckks/secret/mask.h"
#include "math/automorphism.h"
#include "math/kernels/table.h"
#include "ring/automorphism.h"
#include "ring/basis.h"

namespace veilray::ckks {
namespace {

/// A secret derived from another, one prime after the other by make(prime, limb).
template <class Make>
SecureVector<std::uint32_t> for_each_prime(const Params& params, Make make) {
  const std::uint32_t primes = params.basis().chain_count() + params.basis().special_count();
  const std::size_t n = params.n();
  SecureVector<std::uint32_t> residues(n * primes);
  for (std::uint32_t i = 0; i < primes; ++i) make(i, residues.span().subspan(i * n, n));
  return residues;
}

void require_level(const Params& params, Level level) {
  if (level > params.max_level()) {
    throw Error(ErrorCode::kLevelMismatch, "a key above the top of the chain");
  }
}

}  // namespace

KeyGenerator::KeyGenerator(const Params& params, const SecretKey& secret_key, Rng& secret_rng,
                           Rng& public_rng)
    : params_(params), secret_key_(secret_key), secret_rng_(secret_rng), public_rng_(public_rng) {}

RelinearizationKey KeyGenerator::relinearization_key(Level level) {
  require_level(params_, level);
  const auto square = for_each_prime(params_, [&](std::uint32_t prime, auto limb) {
    const std::uint32_t* s = secret_key_.residues(prime).data();
    math::kernels().multiply(limb.data(), s, s, limb.size(), params_.basis().modulus(prime));
  });
  return {switch_key(square.span(), secret_key_.residues(), level)};
}

KeySwitchKey KeyGenerator::galois_key(GaloisElement element, Level level) {
  require_level(params_, level);
  const auto inverse = ring::inverse(element, params_.n());
  const math::AutomorphismTable table(params_.log_n(), inverse.value);
  const auto moved = for_each_prime(params_, [&](std::uint32_t prime, auto limb) {
    math::permute(limb, secret_key_.residues(prime), table);
  });
  return switch_key(secret_key_.residues(), moved.span(), level);
}

GaloisKeys KeyGenerator::galois_keys(std::span<const RotationRequest> rotations) {
  std::map<GaloisElement, Level> wanted;
  for (const auto& [step, level] : rotations) {
    const auto element = to_galois_element(step, params_.n());
    if (element == kIdentity) continue;
    auto& highest = wanted.try_emplace(element, level).first->second;
    highest = std::max(highest, level);
  }
  GaloisKeys keys;
  for (const auto& [element, level] : wanted) keys.add(element, galois_key(element, level));
  return keys;
}

PublicKey KeyGenerator::public_key() {
  PublicKey key{public_rng_.next_seed(), {}, {}};
  key.a = expand_uniform(params_, params_.extended_shape(params_.max_level()), key.seed);
  key.b = mask(params_, secret_key_.residues(), key.a, secret_rng_);
  return key;
}

KeySwitchKey KeyGenerator::switch_key(std::span<const std::uint32_t> from,
                                      std::span<const std::uint32_t> to, Level level) {
  const ring::Basis& basis = params_.basis();
  const std::size_t n = params_.n();
  KeySwitchKey key{level, public_rng_.next_seed(), {}, {}};
  for (std::uint32_t digit = 0; digit < params_.dnum(level); ++digit) {
    key.a.push_back(expand_uniform(params_, params_.extended_shape(level), key.seed, digit));
    key.b.push_back(mask(params_, to, key.a.back(), secret_rng_));
    // The gadget is P modulo the digit's own primes and zero modulo all others.
    const auto group = basis.digit_primes(digit, level.limbs());
    for (std::uint32_t prime = group.first; prime < group.first + group.count; ++prime) {
      std::uint32_t* b = key.b.back().limb(prime).data();
      math::kernels().multiply_scalar_add(b, from.data() + prime * n, basis.special_product(prime),
                                          b, n, basis.modulus(prime));
    }
  }
  return key;
}

}  // namespace veilray::ckks
