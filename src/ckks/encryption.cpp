#include "ckks/encryption.h"

#include <utility>

#include "base/secure_memory.h"
#include "ckks/evaluator.h"
#include "ckks/require.h"
#include "math/kernels/table.h"
#include "ring/arithmetic.h"
#include "ring/basis.h"
#include "ring/convert.h"
#include "ring/sample.h"

namespace veilray::ckks {
namespace {

using ring::Limb;

/// Small polynomials of one encryption: whoever knows them can read it.
struct Randomness {
  SecureVector<std::int8_t> u, e0, e1;
  Randomness(std::uint32_t n, Rng& rng) : u(n), e0(n), e1(n) {
    ring::sample_ternary(u.span(), rng);
    ring::sample_error(e0.span(), rng);
    ring::sample_error(e1.span(), rng);
  }
};

/// out = small modulo one prime, transformed.
void transform_small(const ring::Basis& basis, std::uint32_t prime,
                     std::span<const std::int8_t> small, Limb out) {
  ring::reduce_small(out, small, basis.modulus(prime));
  math::ntt_forward(out, basis.ntt(prime));
}

/// round((b u + e0, a u + e1) / P): an encryption of zero, with hardly more noise than rounding.
Ciphertext encrypt_zero(const Params& params, const PublicKey& key, Level level, Scale scale,
                        Rng& rng, Workspace& workspace) {
  const ring::Basis& basis = params.basis();
  const ring::Shape shape = params.extended_shape(level);
  const Randomness random(shape.n, rng);
  auto c0 = workspace.take<ring::Domain::kNtt>(shape);
  auto c1 = workspace.take<ring::Domain::kNtt>(shape);
  SecureVector<std::uint32_t> u(shape.n), product(shape.n);
  for (std::uint32_t i = 0; i < shape.limbs(); ++i) {
    const std::uint32_t prime = basis.prime_of(shape, i);
    const math::Modulus& q = basis.modulus(prime);
    transform_small(basis, prime, random.u.span(), u.span());
    const auto add_product = [&](Limb out, std::span<const std::uint32_t> key_limb) {
      math::kernels().multiply(product.data(), u.data(), key_limb.data(), shape.n, q);
      math::kernels().add(out.data(), out.data(), product.data(), shape.n, q);
    };
    transform_small(basis, prime, random.e0.span(), c0.limb(i));
    transform_small(basis, prime, random.e1.span(), c1.limb(i));
    add_product(c0.limb(i), key.b.limb(prime));
    add_product(c1.limb(i), key.a.limb(prime));
  }
  Ciphertext zero(ring::mod_down(basis, c0, workspace), ring::mod_down(basis, c1, workspace),
                  scale);
  workspace.give(std::move(c0));
  workspace.give(std::move(c1));
  return zero;
}

}  // namespace

Ciphertext expand(const Params& params, const SeededCiphertext& seeded) {
  return Ciphertext(seeded.c0, expand_uniform(params, seeded.c0.shape(), seeded.seed),
                    seeded.scale);
}

Ciphertext encrypt(const Params& params, const PublicKey& key, const Plaintext& plaintext, Rng& rng,
                   Workspace& workspace) {
  require_plaintext(params, plaintext.level(), plaintext);
  auto zero = encrypt_zero(params, key, plaintext.level(), plaintext.scale(), rng, workspace);
  return Evaluator(params).add_plain(std::move(zero), plaintext);
}

Ciphertext rerandomize(const Params& params, Ciphertext ct, const PublicKey& key, Rng& rng,
                       Workspace& workspace) {
  require_degree(ct, 1);
  auto zero = encrypt_zero(params, key, ct.level(), ct.scale(), rng, workspace);
  for (std::uint32_t i = 0; i < ct.parts(); ++i) {
    ring::add_to(params.basis(), ct.part(i), zero.part(i));
  }
  std::move(zero).recycle(workspace);
  return ct;
}

}  // namespace veilray::ckks
