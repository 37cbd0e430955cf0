#include "ckks/secret/mask.h"

#include "base/secure_memory.h"
#include "math/kernels/table.h"
#include "ring/basis.h"
#include "ring/sample.h"

namespace veilray::ckks {

ring::NttPoly mask(const Params& params, std::span<const std::uint32_t> secret,
                   const ring::NttPoly& a, Rng& secret_rng) {
  const ring::Basis& basis = params.basis();
  const std::uint32_t n = a.n();
  SecureVector<std::int8_t> error(n);
  ring::sample_error(error.span(), secret_rng);

  ring::NttPoly b(a.shape());
  SecureVector<std::uint32_t> transformed(n), product(n);
  for (std::uint32_t i = 0; i < a.limbs(); ++i) {
    const std::uint32_t prime = basis.prime_of(a.shape(), i);
    const math::Modulus& q = basis.modulus(prime);
    ring::reduce_small(transformed.span(), error.span(), q);
    math::ntt_forward(transformed.span(), basis.ntt(prime));
    const std::uint32_t* s = secret.data() + std::size_t{prime} * n;
    math::kernels().multiply(product.data(), a.limb(i).data(), s, n, q);
    math::kernels().subtract(b.limb(i).data(), transformed.data(), product.data(), n, q);
  }
  return b;
}

}  // namespace veilray::ckks
