#pragma once
// For tests only: the ring in integers of any size (GMP), with nothing of ours in it but the
// primes.
#include <gmpxx.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "math/primes.h"
#include "ring/basis.h"
#include "ring/poly.h"
#include "ring/sample.h"

namespace veilray::ring::testing {

using Integers = std::vector<mpz_class>;

inline Basis make_basis(std::uint32_t log_n, std::uint32_t chain, std::uint32_t special) {
  const auto primes = math::ntt_primes(log_n, chain + special).value();
  return Basis(log_n, std::span(primes).subspan(special), std::span(primes).first(special));
}

/// The product of the primes of a shape.
inline mpz_class product(const Basis& basis, const Shape& shape) {
  mpz_class result = 1;
  for (std::uint32_t i = 0; i < shape.limbs(); ++i) {
    result *= basis.modulus(basis.prime_of(shape, i)).value();
  }
  return result;
}

inline mpz_class product(const Basis& basis, PrimeGroup group) {
  mpz_class result = 1;
  for (std::uint32_t i = 0; i < group.count; ++i) result *= basis.modulus(group.first + i).value();
  return result;
}

/// x modulo m, in (-m/2, m/2].
inline mpz_class centred(const mpz_class& x, const mpz_class& m) {
  mpz_class r;
  mpz_fdiv_r(r.get_mpz_t(), x.get_mpz_t(), m.get_mpz_t());
  return 2 * r > m ? mpz_class(r - m) : r;
}

inline std::uint32_t residue(const mpz_class& x, std::uint32_t q) {
  return static_cast<std::uint32_t>(mpz_fdiv_ui(x.get_mpz_t(), q));
}

/// x / m rounded to nearest.
inline mpz_class round_quotient(const mpz_class& x, const mpz_class& m) {
  return (x - centred(x, m)) / m;
}

/// Every coefficient, in (-Q/2, Q/2].
inline Integers coefficients(const Basis& basis, const CoeffPoly& poly) {
  const mpz_class q = product(basis, poly.shape());
  Integers result(poly.n());
  for (std::uint32_t limb = 0; limb < poly.limbs(); ++limb) {
    const mpz_class prime = basis.modulus(basis.prime_of(poly.shape(), limb)).value();
    const mpz_class hat = q / prime;
    mpz_class inverse;
    mpz_invert(inverse.get_mpz_t(), hat.get_mpz_t(), prime.get_mpz_t());
    const mpz_class unit = hat * inverse;
    for (std::size_t i = 0; i < result.size(); ++i) result[i] += unit * poly.limb(limb)[i];
  }
  for (auto& x : result) x = centred(x, q);
  return result;
}

inline CoeffPoly from_integers(const Basis& basis, const Shape& shape, const Integers& values) {
  CoeffPoly poly(shape);
  for (std::uint32_t limb = 0; limb < shape.limbs(); ++limb) {
    const std::uint32_t q = basis.modulus(basis.prime_of(shape, limb)).value();
    for (std::size_t i = 0; i < values.size(); ++i) poly.limb(limb)[i] = residue(values[i], q);
  }
  return poly;
}

/// a b modulo X^n + 1, by the definition.
inline Integers negacyclic_product(const Integers& a, const Integers& b) {
  const std::size_t n = a.size();
  Integers result(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      if (i + j < n) {
        mpz_addmul(result[i + j].get_mpz_t(), a[i].get_mpz_t(), b[j].get_mpz_t());
      } else {
        mpz_submul(result[i + j - n].get_mpz_t(), a[i].get_mpz_t(), b[j].get_mpz_t());
      }
    }
  }
  return result;
}

/// a(X^g) modulo X^n + 1, by the definition.
inline Integers automorphism(const Integers& a, std::uint64_t g) {
  Integers result(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::size_t exponent = i * g % (2 * a.size());
    if (exponent < a.size()) {
      result[exponent] = a[i];
    } else {
      result[exponent - a.size()] = -a[i];
    }
  }
  return result;
}

template <Domain D>
Poly<D> random_poly(const Basis& basis, const Shape& shape, Rng& rng) {
  Poly<D> poly(shape);
  for (std::uint32_t i = 0; i < shape.limbs(); ++i) {
    sample_uniform(poly.limb(i), basis.modulus(basis.prime_of(shape, i)), rng);
  }
  return poly;
}

template <Domain D>
bool same_residues(const Poly<D>& a, const Poly<D>& b) {
  if (!(a.shape() == b.shape())) return false;
  for (std::uint32_t i = 0; i < a.limbs(); ++i) {
    if (!std::ranges::equal(a.limb(i), b.limb(i))) return false;
  }
  return true;
}

}  // namespace veilray::ring::testing
