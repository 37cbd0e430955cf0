#include "ring/decompose.h"

#include <algorithm>
#include <array>
#include <utility>

namespace veilray::ring {

Digits::Digits(const Basis& basis, const NttPoly& source, Workspace& workspace)
    : basis_(&basis), source_(&source), terms_(workspace.take<Domain::kCoeff>(source.shape())) {
  const Shape shape = source.shape();
  VEILRAY_ASSERT(shape.special_limbs == 0);
  const std::uint32_t count = basis.digits(shape.chain_limbs);
  quotients_ = workspace.take<Domain::kCoeff>({shape.n, count, 0});
  workspace.for_each(shape.chain_limbs, [&](std::size_t limb, Workspace&) {
    const auto prime = static_cast<std::uint32_t>(limb);
    const auto& conversion =
        basis.digit_conversion(prime / digit_size(basis.special_count()), shape.chain_limbs);
    make_term(basis, conversion, prime - conversion.from().first, source.limb(prime),
              terms_.limb(prime));
  });
  for (std::uint32_t digit = 0; digit < count; ++digit) {
    const PrimeGroup group = basis.digit_primes(digit, shape.chain_limbs);
    std::vector<Limb> terms;
    for (std::uint32_t prime = group.first; prime < group.first + group.count; ++prime)
      terms.push_back(terms_.limb(prime));
    digits_.emplace_back(basis, basis.digit_conversion(digit, shape.chain_limbs), terms,
                         quotients_.limb(digit));
  }
}

void Digits::raise(std::uint32_t digit, std::span<const std::uint32_t> primes,
                   std::span<const Limb> scratch, std::span<const std::uint32_t*> limbs) const {
  const PrimeGroup own = basis_->digit_primes(digit, source_->shape().chain_limbs);
  std::array<std::uint32_t, kLimbGroup> foreign;
  std::array<Limb, kLimbGroup> outs;
  std::size_t count = 0;
  for (std::size_t k = 0; k < primes.size(); ++k) {
    limbs[k] = own.contains(primes[k]) ? source_->limb(primes[k]).data() : scratch[k].data();
    if (own.contains(primes[k])) continue;
    foreign[count] = primes[k];
    outs[count++] = scratch[k];
  }
  digits_[digit].convert(std::span(foreign).first(count), outs);
  for (std::size_t k = 0; k < count; ++k) math::ntt_forward(outs[k], basis_->ntt(foreign[k]));
}

void Digits::recycle(Workspace& workspace) && {
  digits_.clear();
  workspace.give(std::move(terms_));
  workspace.give(std::move(quotients_));
}

}  // namespace veilray::ring
