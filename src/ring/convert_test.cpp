#include "ring/convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ring/big_integer_testing.h"
#include "ring/decompose.h"
#include "ring/transform.h"

namespace veilray::ring {
namespace {

using testing::centred;
using testing::coefficients;
using testing::Integers;
using testing::random_poly;
using testing::residue;

constexpr std::uint32_t kConvertLogN = 6;
constexpr std::uint32_t kConvertN = 1U << kConvertLogN;

/// Chain and special primes.
class Conversions : public ::testing::TestWithParam<std::pair<std::uint32_t, std::uint32_t>> {
 protected:
  Basis basis_ = testing::make_basis(kConvertLogN, GetParam().first, GetParam().second);
  SeededRng rng_{GetParam().first * 100 + GetParam().second};
  Workspace workspace_;
};
INSTANTIATE_TEST_SUITE_P(Bases, Conversions,
                         ::testing::Values(std::pair{1, 1}, std::pair{4, 1}, std::pair{5, 2},
                                           std::pair{7, 3}, std::pair{6, 6}, std::pair{31, 16},
                                           std::pair{30, 30}));

/// The residues of group `group` of `x`.
CoeffPoly limbs_of(const Basis& basis, PrimeGroup group, const Integers& x) {
  CoeffPoly poly({kConvertN, group.count, 0});
  for (std::uint32_t i = 0; i < group.count; ++i) {
    for (std::uint32_t k = 0; k < kConvertN; ++k) {
      poly.limb(i)[k] = residue(x[k], basis.modulus(group.first + i).value());
    }
  }
  return poly;
}

/// Random numbers below R, and those at the edges of the centred interval.
Integers numbers_below(const mpz_class& r, Rng& rng) {
  gmp_randclass random(gmp_randinit_default);
  random.seed(static_cast<unsigned long>(rng.next_u64()));
  Integers x(kConvertN);
  for (auto& value : x) value = random.get_z_range(r);
  // At the very edge either sign would do; keep 2^-20 R away from it.
  const mpz_class margin = r >> 20;
  x[0] = 0, x[1] = 1, x[2] = r - 1, x[3] = r / 2 - margin, x[4] = r / 2 + margin + 1;
  return x;
}

TEST_P(Conversions, CarryTheCentredRepresentativeToEveryOtherPrime) {
  const std::uint32_t primes = basis_.chain_count() + basis_.special_count();
  for (std::uint32_t limbs = 1; limbs <= basis_.chain_count(); ++limbs) {
    const std::uint32_t digit = basis_.digits(limbs) - 1;
    const BaseConversion& conversion = basis_.digit_conversion(digit, limbs);
    const PrimeGroup group = conversion.from();
    EXPECT_EQ(group, basis_.digit_primes(digit, limbs));
    const mpz_class r = testing::product(basis_, group);
    const Integers x = numbers_below(r, rng_);
    CoeffPoly source = limbs_of(basis_, group, x), quotient({kConvertN, 1, 0});
    for (std::uint32_t i = 0; i < group.count; ++i) {
      math::ntt_forward(source.limb(i), basis_.ntt(group.first + i));
      make_term(basis_, conversion, i, source.limb(i), source.limb(i));
    }
    const Convertible convertible(basis_, conversion, all_limbs(source), quotient.limb(0));
    std::vector<std::uint32_t> others;
    for (std::uint32_t prime = 0; prime < primes; ++prime)
      if (!group.contains(prime)) others.push_back(prime);
    CoeffPoly out({kConvertN, static_cast<std::uint32_t>(others.size()), 0});
    std::vector<Limb> outs;
    for (std::size_t i = 0; i < others.size(); ++i) outs.push_back(out.limb(i));
    for (std::size_t first = 0; first < others.size(); first += kLimbGroup) {
      const std::size_t count = std::min<std::size_t>(kLimbGroup, others.size() - first);
      convertible.convert(std::span(others).subspan(first, count),
                          std::span(outs).subspan(first, count));
    }
    for (std::size_t i = 0; i < others.size(); ++i) {
      for (std::uint32_t k = 0; k < kConvertN; ++k) {
        ASSERT_EQ(outs[i][k], residue(centred(x[k], r), basis_.modulus(others[i]).value()))
            << "limbs " << limbs << " prime " << others[i] << " coefficient " << k;
      }
    }
  }
}

TEST_P(Conversions, ModDownDividesByTheSpecialPrimesAndRoundsToNearest) {
  for (std::uint32_t limbs = 1; limbs <= basis_.chain_count(); ++limbs) {
    const Shape shape{kConvertN, limbs, basis_.special_count()};
    const auto poly = random_poly<Domain::kCoeff>(basis_, shape, rng_);
    const mpz_class p = testing::product(basis_, basis_.special_conversion().from());
    const auto divided =
        to_coefficients(basis_, mod_down(basis_, to_ntt(basis_, poly), workspace_));
    Integers want = coefficients(basis_, poly);
    for (auto& x : want) x = testing::round_quotient(x, p);
    EXPECT_TRUE(testing::same_residues(
        divided, testing::from_integers(basis_, {kConvertN, limbs, 0}, want)));
  }
}

TEST_P(Conversions, RescaleDropsOneLimbAndRoundsToNearest) {
  for (std::uint32_t limbs = 2; limbs <= basis_.chain_count(); ++limbs) {
    const auto poly = random_poly<Domain::kCoeff>(basis_, {kConvertN, limbs, 0}, rng_);
    const mpz_class q = basis_.modulus(limbs - 1).value();
    const auto rescaled =
        to_coefficients(basis_, rescale(basis_, to_ntt(basis_, poly), workspace_));
    Integers want = coefficients(basis_, poly);
    for (auto& x : want) x = testing::round_quotient(x, q);
    EXPECT_TRUE(testing::same_residues(
        rescaled, testing::from_integers(basis_, {kConvertN, limbs - 1, 0}, want)));
  }
}

/// One limb of one digit, in `scratch` or where the source has it.
const std::uint32_t* raise(const Digits& digits, std::uint32_t digit, std::uint32_t prime,
                           NttPoly& scratch) {
  const Limb outs[] = {scratch.limb(0)};
  const std::uint32_t* limb = nullptr;
  digits.raise(digit, {&prime, 1}, outs, {&limb, 1});
  return limb;
}

TEST_P(Conversions, DigitsAreCentredAndAgreeWithThePolynomialModuloTheirPrimes) {
  const std::uint32_t limbs = basis_.chain_count();
  const auto poly = random_poly<Domain::kCoeff>(basis_, {kConvertN, limbs, 0}, rng_);
  const Integers x = coefficients(basis_, poly);
  const auto source = to_ntt(basis_, poly);
  const Digits digits(basis_, source, workspace_);
  ASSERT_EQ(digits.count(), basis_.digits(limbs));
  for (std::uint32_t d = 0; d < digits.count(); ++d) {
    const mpz_class r = testing::product(basis_, basis_.digit_primes(d, limbs));
    for (std::uint32_t prime = 0; prime < limbs + basis_.special_count(); ++prime) {
      NttPoly raised({kConvertN, 1, 0});
      const std::uint32_t* limb = raise(digits, d, prime, raised);
      std::vector<std::uint32_t> values(limb, limb + kConvertN);
      math::ntt_inverse(values, basis_.ntt(prime));
      for (std::uint32_t k = 0; k < kConvertN; ++k) {
        ASSERT_EQ(values[k], residue(centred(x[k], r), basis_.modulus(prime).value()));
      }
    }
  }
}

// The identity that key switching rests on: with w_d = 1 modulo the primes of digit d and 0 modulo
// the others, the digits add up to the polynomial.
TEST_P(Conversions, GadgetTimesDigitsIsThePolynomial) {
  const std::uint32_t limbs = basis_.chain_count();
  const auto poly = random_poly<Domain::kNtt>(basis_, {kConvertN, limbs, 0}, rng_);
  const Digits digits(basis_, poly, workspace_);
  NttPoly scratch({kConvertN, 1, 0});
  for (std::uint32_t prime = 0; prime < limbs; ++prime) {
    std::uint32_t owners = 0;
    for (std::uint32_t d = 0; d < digits.count(); ++d) {
      if (!basis_.digit_primes(d, limbs).contains(prime)) continue;
      ++owners;
      const std::uint32_t* limb = raise(digits, d, prime, scratch);
      EXPECT_THAT(std::span(limb, kConvertN), ::testing::ElementsAreArray(poly.limb(prime)));
    }
    EXPECT_EQ(owners, 1U);
  }
}

TEST(Basis, FailsIfThereIsNoPrimeOfAKindOrTooMany) {
  const auto primes = math::ntt_primes(kConvertLogN, 40).value();
  const std::span all(primes);
  EXPECT_THROW(Basis(kConvertLogN, all.first(0), all.first(1)), Error);
  EXPECT_THROW(Basis(kConvertLogN, all.first(1), all.first(0)), Error);
  EXPECT_THROW(Basis(kConvertLogN, all.first(1), all.subspan(1, 31)), Error);
}

}  // namespace
}  // namespace veilray::ring
