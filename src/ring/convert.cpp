#include "ring/convert.h"

#include <algorithm>
#include <array>
#include <utility>

#include "math/kernels/table.h"

namespace veilray::ring {
namespace {

/// out = round(sum_i y_i / r_i), from fixed-point reciprocals.
void round_quotient(std::span<std::uint32_t> out, std::span<const std::uint32_t* const> y,
                    const BaseConversion& conversion) {
  constexpr std::size_t kBlock = 512;
  const std::uint32_t bits = conversion.fraction_bits();
  std::array<std::uint64_t, kBlock> sums;
  for (std::size_t start = 0; start < out.size(); start += kBlock) {
    const std::size_t count = std::min(kBlock, out.size() - start);
    std::fill_n(sums.begin(), count, std::uint64_t{1} << (bits - 1));
    for (std::size_t term = 0; term < y.size(); ++term) {
      const std::uint32_t* values = y[term] + start;
      const std::uint64_t reciprocal = conversion.reciprocals()[term];
      for (std::size_t i = 0; i < count; ++i) sums[i] += values[i] * reciprocal;
    }
    for (std::size_t i = 0; i < count; ++i) {
      out[start + i] = static_cast<std::uint32_t>(sums[i] >> bits);
    }
  }
}

/// The special limbs of a polynomial, copied out.
NttPoly special_part(const NttPoly& poly, Workspace& workspace) {
  const Shape& shape = poly.shape();
  auto special = workspace.take<Domain::kNtt>({shape.n, 0, shape.special_limbs});
  for (std::uint32_t i = 0; i < shape.special_limbs; ++i) {
    std::ranges::copy(poly.limb(shape.chain_limbs + i), special.limb(i).begin());
  }
  return special;
}

CoeffPoly transformed_back(const Basis& basis, NttPoly special) {
  const Shape shape = special.shape();
  for (std::uint32_t i = 0; i < shape.limbs(); ++i) {
    math::ntt_inverse(special.limb(i), basis.ntt(basis.prime_of(shape, i)));
  }
  return CoeffPoly(shape, std::move(special).release());
}

std::vector<std::span<std::uint32_t>> all_limbs(CoeffPoly& poly) {
  std::vector<std::span<std::uint32_t>> limbs;
  for (std::uint32_t i = 0; i < poly.limbs(); ++i) limbs.push_back(poly.limb(i));
  return limbs;
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
  round_quotient(quotient, terms_, conversion);
  terms_.push_back(quotient.data());
}

void Convertible::convert(std::uint32_t prime, std::span<std::uint32_t> out) const {
  math::kernels().base_convert(out.data(), terms_.data(), conversion_->factors(prime).data(),
                               terms_.size(), out.size(), basis_->modulus(prime));
}

DivideBySpecial::DivideBySpecial(const Basis& basis, NttPoly special, Workspace& workspace)
    : basis_(&basis),
      special_(transformed_back(basis, std::move(special))),
      quotient_(workspace.take<Domain::kCoeff>({basis.n(), 1, 0})),
      convertible_(basis, basis.special_conversion(), all_limbs(special_), quotient_.limb(0)) {}

void DivideBySpecial::divide(std::uint32_t prime, std::span<std::uint32_t> out,
                             std::span<const std::uint32_t> x,
                             std::span<const std::uint32_t> addend,
                             std::span<std::uint32_t> scratch) const {
  convertible_.convert(prime, scratch);
  math::ntt_forward(scratch, basis_->ntt(prime));
  const auto factor = basis_->special_product_inverse(prime);
  const math::Modulus& q = basis_->modulus(prime);
  if (addend.empty()) {
    math::kernels().subtract_multiply(out.data(), x.data(), scratch.data(), factor, out.size(), q);
  } else {
    math::kernels().subtract_multiply_add(out.data(), x.data(), scratch.data(), factor,
                                          addend.data(), out.size(), q);
  }
}

void DivideBySpecial::recycle(Workspace& workspace) && {
  workspace.give(std::move(special_));
  workspace.give(std::move(quotient_));
}

NttPoly mod_down(const Basis& basis, NttPoly poly, Workspace& workspace) {
  DivideBySpecial division(basis, special_part(poly, workspace), workspace);
  auto scratch = workspace.take<Domain::kCoeff>({basis.n(), 1, 0});
  for (std::uint32_t i = 0; i < poly.shape().chain_limbs; ++i) {
    division.divide(i, poly.limb(i), poly.limb(i), {}, scratch.limb(0));
  }
  poly.drop_to(poly.shape().chain_limbs);
  workspace.give(std::move(scratch));
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

  auto scratch = workspace.take<Domain::kCoeff>({basis.n(), 1, 0});
  for (std::uint32_t i = 0; i < last; ++i) {
    const math::Modulus& q = basis.modulus(i);
    math::kernels().reduce(scratch.limb(0).data(), remainder.data(), q.neg(half % q.value()),
                           remainder.size(), q);
    math::ntt_forward(scratch.limb(0), basis.ntt(i));
    const auto x = poly.limb(i);
    math::kernels().subtract_multiply(x.data(), x.data(), scratch.limb(0).data(),
                                      basis.rescale_factor(last, i), x.size(), q);
  }
  workspace.give(std::move(scratch));
  poly.drop_to(last);
  return poly;
}

}  // namespace veilray::ring
