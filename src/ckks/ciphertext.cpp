#include "ckks/ciphertext.h"

#include <algorithm>

namespace veilray::ckks {
namespace {

ring::NttPoly copy(const ring::NttPoly& poly, Workspace& workspace) {
  auto result = workspace.take<ring::Domain::kNtt>(poly.shape());
  for (std::uint32_t i = 0; i < poly.limbs(); ++i)
    std::ranges::copy(poly.limb(i), result.limb(i).begin());
  return result;
}

}  // namespace

Ciphertext copy(const Ciphertext& ct, Workspace& workspace) {
  auto c0 = copy(ct.part(0), workspace), c1 = copy(ct.part(1), workspace);
  if (ct.degree() == 1) return Ciphertext(std::move(c0), std::move(c1), ct.scale());
  return Ciphertext(std::move(c0), std::move(c1), copy(ct.part(2), workspace), ct.scale());
}

}  // namespace veilray::ckks
