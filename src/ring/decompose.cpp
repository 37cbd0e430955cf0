#include "ring/decompose.h"

#include <algorithm>
#include <utility>

namespace veilray::ring {

Digits::Digits(const Basis& basis, const NttPoly& source, Workspace& workspace)
    : basis_(&basis),
      source_(&source),
      coefficients_(workspace.take<Domain::kCoeff>(source.shape())) {
  const Shape shape = source.shape();
  VEILRAY_ASSERT(shape.special_limbs == 0);
  const std::uint32_t count = basis.digits(shape.chain_limbs);
  quotients_ = workspace.take<Domain::kCoeff>({shape.n, count, 0});
  for (std::uint32_t digit = 0; digit < count; ++digit) {
    const PrimeGroup group = basis.digit_primes(digit, shape.chain_limbs);
    std::vector<std::span<std::uint32_t>> limbs;
    for (std::uint32_t prime = group.first; prime < group.first + group.count; ++prime) {
      limbs.push_back(coefficients_.limb(prime));
      std::ranges::copy(source.limb(prime), limbs.back().begin());
      math::ntt_inverse(limbs.back(), basis.ntt(prime));
    }
    digits_.emplace_back(basis, basis.digit_conversion(digit, shape.chain_limbs), limbs,
                         quotients_.limb(digit));
  }
}

std::span<const std::uint32_t> Digits::raise(std::uint32_t digit, std::uint32_t prime,
                                             std::span<std::uint32_t> scratch) const {
  if (basis_->digit_primes(digit, source_->shape().chain_limbs).contains(prime)) {
    return source_->limb(prime);
  }
  digits_[digit].convert(prime, scratch);
  math::ntt_forward(scratch, basis_->ntt(prime));
  return scratch;
}

void Digits::recycle(Workspace& workspace) && {
  digits_.clear();
  workspace.give(std::move(coefficients_));
  workspace.give(std::move(quotients_));
}

}  // namespace veilray::ring
