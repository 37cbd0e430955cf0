#include "ring/arithmetic.h"

#include "math/kernels/table.h"

namespace veilray::ring {
namespace {

void require_same_shape(const Shape& a, const Shape& b) {
  if (!(a == b)) {
    throw Error(ErrorCode::kLevelMismatch, "polynomials over different primes or degrees");
  }
}

/// body(limb, modulus) for each limb.
template <class Body>
void for_each_limb(const Basis& basis, const Shape& shape, Body body) {
  for (std::uint32_t i = 0; i < shape.limbs(); ++i) {
    body(i, basis.modulus(basis.prime_of(shape, i)));
  }
}

/// factor mod q in [0, q), for every 64-bit factor.
std::uint32_t reduce(std::int64_t factor, const math::Modulus& q) {
  const auto remainder = factor % static_cast<std::int64_t>(q.value());
  return static_cast<std::uint32_t>(remainder < 0 ? remainder + q.value() : remainder);
}

}  // namespace

template <Domain D>
void add_to(const Basis& basis, Poly<D>& a, const Poly<D>& b) {
  require_same_shape(a.shape(), b.shape());
  for_each_limb(basis, a.shape(), [&](std::uint32_t i, const math::Modulus& q) {
    math::kernels().add(a.limb(i).data(), a.limb(i).data(), b.limb(i).data(), a.n(), q);
  });
}

template <Domain D>
void subtract_from(const Basis& basis, Poly<D>& a, const Poly<D>& b) {
  require_same_shape(a.shape(), b.shape());
  for_each_limb(basis, a.shape(), [&](std::uint32_t i, const math::Modulus& q) {
    math::kernels().subtract(a.limb(i).data(), a.limb(i).data(), b.limb(i).data(), a.n(), q);
  });
}

template <Domain D>
void negate(const Basis& basis, Poly<D>& a) {
  for_each_limb(basis, a.shape(), [&](std::uint32_t i, const math::Modulus& q) {
    math::kernels().negate(a.limb(i).data(), a.limb(i).data(), a.n(), q);
  });
}

template <Domain D>
void multiply_by_integer(const Basis& basis, Poly<D>& a, std::int64_t factor) {
  for_each_limb(basis, a.shape(), [&](std::uint32_t i, const math::Modulus& q) {
    math::kernels().multiply_scalar(a.limb(i).data(), a.limb(i).data(), q.shoup(reduce(factor, q)),
                                    a.n(), q);
  });
}

void multiply_by(const Basis& basis, NttPoly& a, const NttPoly& b) {
  if (a.n() != b.n() || a.shape().special_limbs != b.shape().special_limbs ||
      a.shape().chain_limbs > b.shape().chain_limbs) {
    throw Error(ErrorCode::kLevelMismatch, "the factor lacks primes of the product");
  }
  const std::uint32_t skipped = b.shape().chain_limbs - a.shape().chain_limbs;
  for_each_limb(basis, a.shape(), [&](std::uint32_t i, const math::Modulus& q) {
    const std::uint32_t other = i < a.shape().chain_limbs ? i : i + skipped;
    math::kernels().multiply(a.limb(i).data(), a.limb(i).data(), b.limb(other).data(), a.n(), q);
  });
}

void multiply_by_root_of_minus_one(const Basis& basis, NttPoly& a) {
  const std::uint32_t half = a.n() / 2;
  for (std::uint32_t i = 0; i < a.limbs(); ++i) {
    const std::uint32_t prime = basis.prime_of(a.shape(), i);
    const math::Modulus& q = basis.modulus(prime);
    // X^(n/2) at psi^e, e = 2 bit_reverse(i) + 1, is psi^(n/2) or its negative as e = 1 or 3 mod 4:
    // that is the last bit of bit_reverse(i), the top bit of i.
    const std::uint32_t root = q.pow(basis.ntt(prime).psi(), half);
    std::uint32_t* values = a.limb(i).data();
    math::kernels().multiply_scalar(values, values, q.shoup(root), half, q);
    math::kernels().multiply_scalar(values + half, values + half, q.shoup(q.neg(root)), half, q);
  }
}

template void add_to(const Basis&, CoeffPoly&, const CoeffPoly&);
template void add_to(const Basis&, NttPoly&, const NttPoly&);
template void subtract_from(const Basis&, CoeffPoly&, const CoeffPoly&);
template void subtract_from(const Basis&, NttPoly&, const NttPoly&);
template void negate(const Basis&, CoeffPoly&);
template void negate(const Basis&, NttPoly&);
template void multiply_by_integer(const Basis&, CoeffPoly&, std::int64_t);
template void multiply_by_integer(const Basis&, NttPoly&, std::int64_t);

}  // namespace veilray::ring
