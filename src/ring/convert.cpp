#include "ring/convert.h"

#include <algorithm>
#include <array>
#include <utility>

#include "math/kernels/table.h"

namespace veilray::ring {
namespace {

/// The special limbs of a polynomial, copied out.
NttPoly special_part(const NttPoly& poly, Workspace& workspace) {
  const Shape& shape = poly.shape();
  auto special = workspace.take<Domain::kNtt>({shape.n, 0, shape.special_limbs});
  for (std::uint32_t i = 0; i < shape.special_limbs; ++i) {
    std::ranges::copy(poly.limb(shape.chain_limbs + i), special.limb(i).begin());
  }
  return special;
}

CoeffPoly transformed_back(const Basis& basis, NttPoly special, Workspace& workspace) {
  const Shape shape = special.shape();
  workspace.for_each(shape.limbs(), [&](std::size_t i, Workspace&) {
    const auto limb = static_cast<std::uint32_t>(i);
    math::ntt_inverse(special.limb(i), basis.ntt(basis.prime_of(shape, limb)));
  });
  return CoeffPoly(shape, std::move(special).release());
}

}  // namespace

Convertible::Convertible(const Basis& basis, const BaseConversion& conversion,
                         std::span<const std::span<std::uint32_t>> residues,
                         std::span<std::uint32_t> quotient)
    : basis_(&basis), conversion_(&conversion) {
  VEILRAY_ASSERT(residues.size() == conversion.from().count);
  for (std::uint32_t i = 0; i < conversion.from().count; ++i) {
    std::uint32_t* y = residues[i].data();
    math::kernels().multiply_scalar(y, y, conversion.hat_inverse()[i], residues[i].size(),
                                    basis.modulus(conversion.from().first + i));
    terms_.push_back(y);
  }
  // v = round(sum of y_i / r_i), from fixed-point reciprocals.
  math::kernels().round_sum(quotient.data(), terms_.data(), conversion.reciprocals().data(),
                            terms_.size(), conversion.fraction_bits(), quotient.size());
  terms_.push_back(quotient.data());
}

void Convertible::convert(std::span<const std::uint32_t> primes, std::span<const Limb> outs) const {
  // A few kilobytes of every term, which all primes find in the nearest cache.
  constexpr std::size_t kPiece = 1024;
  std::vector<const std::uint32_t*> terms(terms_);
  const std::size_t n = basis_->n();
  for (std::size_t start = 0; start < n; start += kPiece) {
    for (std::size_t k = 0; k < primes.size(); ++k) {
      math::kernels().base_convert(outs[k].data() + start, terms.data(),
                                   conversion_->factors(primes[k]).data(), terms.size(),
                                   std::min(kPiece, n - start), basis_->modulus(primes[k]));
    }
    for (auto& term : terms) term += kPiece;
  }
}

DivideBySpecial::DivideBySpecial(const Basis& basis, NttPoly special, Workspace& workspace)
    : basis_(&basis),
      special_(transformed_back(basis, std::move(special), workspace)),
      quotient_(workspace.take<Domain::kCoeff>({basis.n(), 1, 0})),
      convertible_(basis, basis.special_conversion(), all_limbs(special_), quotient_.limb(0)) {}

void DivideBySpecial::divide(LimbGroup group, std::span<const Limb> outs, const NttPoly* addend,
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
    if (addend == nullptr) {
      math::kernels().subtract_multiply(out, out, limbs[k].data(), factor, basis_->n(), q);
    } else {
      math::kernels().subtract_multiply_add(out, out, limbs[k].data(), factor,
                                            addend->limb(primes[k]).data(), basis_->n(), q);
    }
  }
  workspace.give(std::move(remainders));
}

void DivideBySpecial::recycle(Workspace& workspace) && {
  workspace.give(std::move(special_));
  workspace.give(std::move(quotient_));
}

NttPoly mod_down(const Basis& basis, NttPoly poly, Workspace& workspace) {
  DivideBySpecial division(basis, special_part(poly, workspace), workspace);
  const std::uint32_t chain_limbs = poly.shape().chain_limbs;
  workspace.for_each(limb_groups(chain_limbs), [&](std::size_t g, Workspace& own) {
    const LimbGroup group = limb_group(chain_limbs, g);
    division.divide(group, limbs_of(poly, group), nullptr, own);
  });
  poly.drop_to(chain_limbs);
  std::move(division).recycle(workspace);
  return poly;
}

NttPoly rescale(const Basis& basis, NttPoly poly, Workspace& workspace) {
  const std::uint32_t last = poly.shape().chain_limbs - 1;
  VEILRAY_ASSERT(last > 0 && poly.shape().special_limbs == 0);
  const math::Modulus& q_last = basis.modulus(last);
  const std::uint32_t half = q_last.value() / 2;
  const auto remainder = poly.limb(last);
  math::ntt_inverse(remainder, basis.ntt(last));
  // Shifted by half, the remainder in [0, q_last) stands for one in [-half, half].
  math::kernels().reduce(remainder.data(), remainder.data(), half, remainder.size(), q_last);

  workspace.for_each(last, [&](std::size_t limb, Workspace& own) {
    const auto i = static_cast<std::uint32_t>(limb);
    auto scratch = own.take<Domain::kCoeff>({basis.n(), 1, 0});
    const math::Modulus& q = basis.modulus(i);
    math::kernels().reduce(scratch.limb(0).data(), remainder.data(), q.neg(half % q.value()),
                           remainder.size(), q);
    math::ntt_forward(scratch.limb(0), basis.ntt(i));
    const auto x = poly.limb(i);
    math::kernels().subtract_multiply(x.data(), x.data(), scratch.limb(0).data(),
                                      basis.rescale_factor(last, i), x.size(), q);
    own.give(std::move(scratch));
  });
  poly.drop_to(last);
  return poly;
}

}  // namespace veilray::ring
