// Runs everything that touches a secret with the secret marked as undefined memory, under
// valgrind's memcheck: a branch or an address that depends on it is then reported as one on an
// undefined value. With the argument `leak` it branches on a secret on purpose, to show that such a
// report comes.
#include <valgrind/memcheck.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "ckks/encoder.h"
#include "ckks/encryption.h"
#include "ckks/flood.h"
#include "ckks/secret/decryptor.h"
#include "ckks/secret/key_generator.h"
#include "ckks/secret/secret_encryptor.h"
#include "ckks/toy_params.h"
#include "math/kernels/table.h"

namespace veilray::ckks {
namespace {

/// Reproducible bytes that memcheck takes for undefined.
class PoisonedRng final : public Rng {
 public:
  void fill(std::span<std::byte> out) override {
    source_.fill(out);
    (void)VALGRIND_MAKE_MEM_UNDEFINED(out.data(), out.size());
  }

 private:
  SeededRng source_{1};
};

/// What is published is no secret any more.
void publish(const ring::NttPoly& poly) {
  for (std::uint32_t i = 0; i < poly.limbs(); ++i) {
    const auto limb = poly.limb(i);
    (void)VALGRIND_MAKE_MEM_DEFINED(limb.data(), limb.size_bytes());
  }
}

void publish(const Ciphertext& ct) {
  for (std::uint32_t i = 0; i < ct.parts(); ++i) publish(ct.part(i));
}

void leak(const SecretKey& key) {
  if (key.coefficients()[0] == 1) std::puts("the first coefficient is one");
}

constexpr int kSkipped = 77;

int run(bool leaks) {
  if (!math::select_kernels(std::getenv("VEILRAY_KERNELS")).ok()) return kSkipped;

  const Params params =
      testing::toy_params({.log_n = 10, .chain_primes = 3, .special_primes = 2}).value();
  PoisonedRng secret_rng;
  SeededRng public_rng(2);
  Workspace workspace;

  const SecretKey key(params, secret_rng);
  if (leaks) leak(key);

  KeyGenerator generator(params, key, secret_rng, public_rng);
  const auto relinearization_key = generator.relinearization_key(Level{2});
  const auto galois_key = generator.galois_key({5}, Level{1});
  for (const auto* keys : {&relinearization_key.key, &galois_key}) {
    for (const auto& b : keys->b) publish(b);
  }
  const auto public_key = generator.public_key();
  publish(public_key.b);

  // The plaintext is a secret too, from the moment it is encoded.
  const Encoder encoder(params);
  const std::vector<double> values = {0.5, -0.25};
  const auto plaintext = encoder.encode(values, Level{2}, Scale{0x1p30});
  for (std::uint32_t i = 0; i < plaintext.poly().limbs(); ++i) {
    const auto limb = plaintext.poly().limb(i);
    (void)VALGRIND_MAKE_MEM_UNDEFINED(limb.data(), limb.size_bytes());
  }
  SecretKeyEncryptor encryptor(params, key, secret_rng, public_rng);
  const auto ct = encryptor.encrypt(plaintext);
  publish(ct);
  const auto public_ct = encrypt(params, public_key, plaintext, secret_rng, workspace);
  publish(public_ct);
  publish(rerandomize(params, ct, public_key, secret_rng, workspace));
  publish(flood(params, ct, 10, secret_rng));

  const auto decrypted = Decryptor(params, key).decrypt(ct);
  (void)Decryptor(params, key).decrypt(compact(params, ct, 8));
  const auto file = serialize(params, {}, {}, key);
  std::printf("%u limbs decrypted, %zu bytes of key written\n", decrypted.poly().limbs(),
              file.size());
  return 0;
}

}  // namespace
}  // namespace veilray::ckks

int main(int argc, char** argv) {
  return veilray::ckks::run(argc > 1 && std::strcmp(argv[1], "leak") == 0);
}
