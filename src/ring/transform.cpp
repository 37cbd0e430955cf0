#include "ring/transform.h"

#include <bit>

#include "math/kernels/table.h"

namespace veilray::ring {

NttPoly to_ntt(const Basis& basis, CoeffPoly poly) {
  const Shape shape = poly.shape();
  for (std::uint32_t i = 0; i < shape.limbs(); ++i) {
    math::ntt_forward(poly.limb(i), basis.ntt(basis.prime_of(shape, i)));
  }
  return NttPoly(shape, std::move(poly).release());
}

CoeffPoly to_coefficients(const Basis& basis, NttPoly poly) {
  const Shape shape = poly.shape();
  for (std::uint32_t i = 0; i < shape.limbs(); ++i) {
    math::ntt_inverse(poly.limb(i), basis.ntt(basis.prime_of(shape, i)));
  }
  return CoeffPoly(shape, std::move(poly).release());
}

void sparse_to_ntt(std::span<std::uint32_t> values, const math::NttTables& tables) {
  const std::size_t size = values.size();
  if (!std::has_single_bit(size) || size * math::kRow > tables.n()) {
    throw Error(ErrorCode::kInvalidArgument, "a sparse polynomial of too many coefficients");
  }
  // The first log2(size) stages of the full transform meet only these coefficients, and the later
  // ones only copy: so they are the whole of it, with the same twiddle factors.
  const math::Modulus& q = tables.modulus();
  const math::ShoupFactor* twiddles = tables.view().forward.wide;
  for (std::size_t groups = 1, half = size / 2; half > 0; groups *= 2, half /= 2) {
    for (std::size_t group = 0; group < groups; ++group) {
      std::uint32_t* low = values.data() + 2 * group * half;
      for (std::size_t i = 0; i < half; ++i) {
        const std::uint32_t product = q.mul(low[half + i], twiddles[groups + group]);
        low[half + i] = q.sub(low[i], product);
        low[i] = q.add(low[i], product);
      }
    }
  }
}

}  // namespace veilray::ring
