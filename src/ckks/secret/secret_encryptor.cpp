#include "ckks/secret/secret_encryptor.h"

#include <utility>

#include "ckks/evaluator.h"
#include "ckks/secret/mask.h"

namespace veilray::ckks {

SecretKeyEncryptor::SecretKeyEncryptor(const Params& params, const SecretKey& secret_key,
                                       Rng& secret_rng, Rng& public_rng)
    : params_(params), secret_key_(secret_key), secret_rng_(secret_rng), public_rng_(public_rng) {}

SeededCiphertext SecretKeyEncryptor::encrypt_seeded(const Plaintext& plaintext) {
  const Seed seed = public_rng_.next_seed();
  Ciphertext ct = encrypt_with(seed, plaintext);
  return {std::move(ct.part(0)), seed, ct.scale()};
}

Ciphertext SecretKeyEncryptor::encrypt(const Plaintext& plaintext) {
  return encrypt_with(public_rng_.next_seed(), plaintext);
}

Ciphertext SecretKeyEncryptor::encrypt_with(const Seed& seed, const Plaintext& plaintext) {
  auto c1 = expand_uniform(params_, params_.shape(plaintext.level()), seed);
  auto c0 = mask(params_, secret_key_.residues(), c1, secret_rng_);
  Ciphertext zero(std::move(c0), std::move(c1), plaintext.scale());
  return Evaluator(params_).add_plain(std::move(zero), plaintext);
}

}  // namespace veilray::ckks
