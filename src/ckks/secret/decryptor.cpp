#include "ckks/secret/decryptor.h"

#include <algorithm>
#include <utility>

#include "math/kernels/table.h"
#include "ring/basis.h"

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

}  // namespace veilray::ckks
