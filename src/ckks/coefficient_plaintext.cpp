#include "ckks/coefficient_plaintext.h"

#include <algorithm>

#include "math/ntt.h"
#include "ring/basis.h"

namespace veilray::ckks {

void CoefficientPlaintext::transform(std::span<std::uint32_t> out, const Params& params,
                                     std::uint32_t limb) const {
  VEILRAY_ASSERT(out.size() == coefficients_.size());
  const math::NttTables& tables = params.basis().ntt(limb);
  // The transform takes words below 4 q.
  const std::uint32_t shift = 2 * tables.modulus().value();
  std::ranges::transform(coefficients_, out.begin(), [shift](std::int32_t coefficient) {
    return static_cast<std::uint32_t>(coefficient) + shift;
  });
  math::ntt_forward(out, tables);
}

}  // namespace veilray::ckks
