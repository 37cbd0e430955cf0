#include "ring/convert.h"

#include <algorithm>
#include <array>
#include <utility>

#include "math/kernels/table.h"

namespace veilray::ring {
namespace {

/// terms limb i = y_i of special limb i of `poly`; both may be the same memory.
template <Domain D>
void make_special_terms(const Basis& basis, const NttPoly& poly, Poly<D>& terms,
                        Workspace& workspace) {
  workspace.for_each(basis.special_count(), [&](std::size_t i, Workspace&) {
    make_term(basis, basis.special_conversion(), static_cast<std::uint32_t>(i),
              poly.limb(poly.shape().chain_limbs + i), terms.limb(i));
  });
}

}  // namespace

void make_term(const Basis& basis, const BaseConversion& conversion, std::uint32_t i,
               ConstLimb limb, Limb term) {
  math::ntt_inverse(term, limb, conversion.hat_inverses()[i],
                    basis.ntt(conversion.from().first + i));
}

CoeffPoly special_terms(const Basis& basis, const NttPoly& poly, Workspace& workspace) {
  auto terms = workspace.take<Domain::kCoeff>({basis.n(), 0, basis.special_count()});
  make_special_terms(basis, poly, terms, workspace);
  return terms;
}

CoeffPoly special_terms(const Basis& basis, NttPoly&& special, Workspace& workspace) {
  const Shape shape = special.shape();
  VEILRAY_ASSERT(shape.chain_limbs == 0);
  make_special_terms(basis, special, special, workspace);
  return CoeffPoly(shape, std::move(special).release());
}

Convertible::Convertible(const Basis& basis, const BaseConversion& conversion,
                         std::span<const Limb> terms, Limb quotient)
    : basis_(&basis), conversion_(&conversion) {
  VEILRAY_ASSERT(terms.size() == conversion.from().count);
  for (const Limb term : terms) terms_.push_back(term.data());
  // v = round(sum of y_i / r_i), from fixed-point reciprocals.
  math::kernels().round_sum(quotient.data(), terms_.data(), conversion.reciprocals().data(),
                            terms_.size(), conversion.fraction_bits(), quotient.size());
  terms_.push_back(quotient.data());
}

void Convertible::convert(std::span<const std::uint32_t> primes, std::span<const Limb> outs) const {
  VEILRAY_ASSERT(primes.size() <= kLimbGroup);
  std::array<math::ConversionTarget, kLimbGroup> targets;
  for (std::size_t k = 0; k < primes.size(); ++k)
    targets[k] = {outs[k].data(), conversion_->factors(primes[k]).data(),
                  &basis_->modulus(primes[k])};
  math::kernels().base_convert(targets.data(), primes.size(), terms_.data(), terms_.size(),
                               basis_->n());
}

DivideBySpecial::DivideBySpecial(const Basis& basis, CoeffPoly special, Workspace& workspace)
    : basis_(&basis),
      terms_(std::move(special)),
      quotient_(workspace.take<Domain::kCoeff>({basis.n(), 1, 0})),
      convertible_(basis, basis.special_conversion(), all_limbs(terms_), quotient_.limb(0)) {}

void DivideBySpecial::divide(LimbGroup group, std::span<const Limb> outs,
                             std::span<const ConstLimb> dividends, const NttPoly* addend,
                             Workspace& workspace) const {
  auto remainders = workspace.take<Domain::kCoeff>({basis_->n(), group.count, 0});
  const Limbs limbs = limbs_of(remainders, {0, group.count});
  std::array<std::uint32_t, kLimbGroup> primes;
  for (std::uint32_t k = 0; k < group.count; ++k) primes[k] = group.first + k;
  convertible_.convert(std::span(primes).first(group.count), limbs);
  for (std::uint32_t k = 0; k < group.count; ++k) {
    math::ntt_forward(limbs[k], basis_->ntt(primes[k]));
    const auto factor = basis_->special_product_inverse(primes[k]);
    const math::Modulus& q = basis_->modulus(primes[k]);
    std::uint32_t* out = outs[k].data();
    const std::uint32_t *dividend = dividends[k].data(), *remainder = limbs[k].data();
    if (addend == nullptr) {
      math::kernels().subtract_multiply(out, dividend, remainder, factor, basis_->n(), q);
    } else {
      math::kernels().subtract_multiply_add(out, dividend, remainder, factor,
                                            addend->limb(primes[k]).data(), basis_->n(), q);
    }
  }
  workspace.give(std::move(remainders));
}

void DivideBySpecial::recycle(Workspace& workspace) && {
  workspace.give(std::move(terms_));
  workspace.give(std::move(quotient_));
}

NttPoly mod_down(const Basis& basis, const NttPoly& poly, Workspace& workspace) {
  DivideBySpecial division(basis, special_terms(basis, poly, workspace), workspace);
  const std::uint32_t chain_limbs = poly.shape().chain_limbs;
  auto quotient = workspace.take<Domain::kNtt>({basis.n(), chain_limbs, 0});
  workspace.for_each(limb_groups(chain_limbs), [&](std::size_t g, Workspace& own) {
    const LimbGroup group = limb_group(chain_limbs, g);
    division.divide(group, limbs_of(quotient, group), limbs_of(poly, group), nullptr, own);
  });
  std::move(division).recycle(workspace);
  return quotient;
}

NttPoly rescale(const Basis& basis, const NttPoly& poly, Workspace& workspace) {
  const std::uint32_t last = poly.shape().chain_limbs - 1;
  VEILRAY_ASSERT(last > 0 && poly.shape().special_limbs == 0);
  const math::Modulus& q_last = basis.modulus(last);
  const std::uint32_t half = q_last.value() / 2;
  auto remainders = workspace.take<Domain::kCoeff>({basis.n(), 1, 0});
  const Limb remainder = remainders.limb(0);
  math::ntt_inverse(remainder, poly.limb(last), basis.ntt(last).view().last_factor,
                    basis.ntt(last));
  // Shifted by half, the remainder in [0, q_last) stands for one in [-half, half].
  math::kernels().reduce(remainder.data(), remainder.data(), half, remainder.size(), q_last);

  auto quotient = workspace.take<Domain::kNtt>({basis.n(), last, 0});
  workspace.for_each(last, [&](std::size_t limb, Workspace& own) {
    const auto i = static_cast<std::uint32_t>(limb);
    auto scratch = own.take<Domain::kCoeff>({basis.n(), 1, 0});
    const math::Modulus& q = basis.modulus(i);
    math::kernels().reduce(scratch.limb(0).data(), remainder.data(), q.neg(half % q.value()),
                           remainder.size(), q);
    math::ntt_forward(scratch.limb(0), basis.ntt(i));
    math::kernels().subtract_multiply(quotient.limb(i).data(), poly.limb(i).data(),
                                      scratch.limb(0).data(), basis.rescale_factor(last, i),
                                      basis.n(), q);
    own.give(std::move(scratch));
  });
  workspace.give(std::move(remainders));
  return quotient;
}

}  // namespace veilray::ring
