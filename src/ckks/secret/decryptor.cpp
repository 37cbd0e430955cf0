#include "ckks/secret/decryptor.h"

#include <algorithm>
#include <utility>

#include "math/kernels/table.h"
#include "ring/basis.h"
#include "ring/transform.h"

namespace veilray::ckks {

Decryptor::Decryptor(const Params& params, const SecretKey& secret_key)
    : params_(params), secret_key_(secret_key) {}

Plaintext Decryptor::decrypt(const Ciphertext& ct) const {
  if (ct.degree() < 1 || ct.n() != params_.n() || ct.level() > params_.max_level()) {
    throw Error(ErrorCode::kInvalidArgument, "not a ciphertext of these parameters");
  }
  ring::NttPoly message(ct.part(0).shape());
  for (std::uint32_t i = 0; i < message.limbs(); ++i) {
    const math::Modulus& q = params_.basis().modulus(i);
    const auto out = message.limb(i);
    // Horner in s.
    std::ranges::copy(ct.part(ct.degree()).limb(i), out.begin());
    for (std::uint32_t part = ct.degree(); part-- > 0;) {
      math::kernels().multiply(out.data(), out.data(), secret_key_.residues(i).data(), out.size(),
                               q);
      math::kernels().add(out.data(), out.data(), ct.part(part).limb(i).data(), out.size(), q);
    }
  }
  return Plaintext(std::move(message), ct.scale());
}

Plaintext Decryptor::decrypt(const CompactCiphertext& ct) const {
  const auto s = secret_key_.coefficients();
  const std::size_t n = s.size();
  if (ct.c1.size() != n || ct.c0.empty() || n % ct.c0.size() != 0) {
    throw Error(ErrorCode::kInvalidArgument, "not a compact ciphertext of these parameters");
  }
  const std::size_t run = n / ct.c0.size();
  // Below 2^31: one prime of 30 bits would not hold it.
  const std::uint32_t limbs = std::min(2U, params_.max_level().limbs());
  ring::NttPoly message({static_cast<std::uint32_t>(ct.c0.size()), limbs, 0});
  for (std::size_t k = 0; k < ct.c0.size(); ++k) {
    // Coefficient k run of c_1 s in X^n + 1, modulo 2^32: a product with s_j, never a branch on it.
    const std::size_t at = k * run;
    std::uint32_t sum = ct.c0[k];
    for (std::size_t j = 0; j <= at; ++j) sum += ct.c1[at - j] * static_cast<std::uint32_t>(s[j]);
    for (std::size_t j = at + 1; j < n; ++j)
      sum -= ct.c1[n + at - j] * static_cast<std::uint32_t>(s[j]);
    // The representative modulo 2^32 nearest to zero.
    const auto centred = static_cast<std::int32_t>(sum);
    for (std::uint32_t limb = 0; limb < limbs; ++limb)
      message.limb(limb)[k] = params_.basis().modulus(limb).reduce_signed(centred);
  }
  for (std::uint32_t limb = 0; limb < limbs; ++limb)
    ring::sparse_to_ntt(message.limb(limb), params_.basis().ntt(limb));
  return Plaintext(std::move(message), ct.scale, static_cast<std::uint32_t>(run));
}

}  // namespace veilray::ckks
