#include "ring/crt.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ring/big_integer_testing.h"

namespace veilray::ring {
namespace {

constexpr std::uint32_t kCrtLogN = 6;
constexpr std::uint32_t kCrtN = 1U << kCrtLogN;

TEST(Crt, RandomNumbersComeBackWithinAFewUnitsInTheLastPlace) {
  SeededRng rng(1);
  for (std::uint32_t limbs : {1U, 2U, 3U, 11U}) {
    const auto basis = testing::make_basis(kCrtLogN, limbs, 1);
    const auto poly = testing::random_poly<Domain::kCoeff>(basis, {kCrtN, limbs, 0}, rng);
    const auto want = testing::coefficients(basis, poly);
    std::vector<double> got(kCrtN);
    to_doubles(basis, poly, got);
    for (std::uint32_t i = 0; i < kCrtN; ++i) {
      const double exact = want[i].get_d();
      EXPECT_LE(std::abs(got[i] - exact), std::abs(exact) * limbs * 0x1p-52) << limbs;
    }
  }
}

TEST(Crt, NumbersBelowTwoToThe52AreExactWhateverTheNumberOfLimbs) {
  const auto basis = testing::make_basis(kCrtLogN, 12, 1);
  testing::Integers values(kCrtN);
  const std::vector<double> numbers = {0,         1,           -1,         0x1p29,     -0x1p30,
                                       536870911, -1073741825, 0x1p52 - 1, -0x1p52 + 1};
  for (std::size_t i = 0; i < numbers.size(); ++i) values[i] = mpz_class(numbers[i]);
  std::vector<double> got(kCrtN);
  to_doubles(basis, testing::from_integers(basis, {kCrtN, 12, 0}, values), got);
  for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(got[i], numbers[i]);
}

TEST(Crt, DoublesOfAnySizeHaveTheResiduesOfTheirNearestInteger) {
  const auto primes = math::ntt_primes(kCrtLogN, 2).value();
  std::vector<double> values = {0.0, 0.4, 0.6, -0.6, 1e9, -1e9, 0x1p53 + 2, -0x1p61 + 1024};
  for (int exponent = 55; exponent < 1000; exponent += 45) {
    values.push_back(std::ldexp(1.0 / 3, exponent));
    values.push_back(-std::ldexp(1.0 / 7, exponent));
  }
  std::vector<std::uint32_t> got(values.size());
  for (const math::Modulus& q : primes) {
    from_doubles(q, values, got);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const mpz_class exact(std::nearbyint(values[i]));
      EXPECT_EQ(got[i], testing::residue(exact, q.value())) << values[i];
    }
  }
}

TEST(Crt, DoublesHaveTheSameResiduesOneByOneAndForManyPrimesAtOnce) {
  const auto basis = testing::make_basis(kCrtLogN, 3, 1);
  for (const double largest : {0x1p40, 0x1p61, 0x1p90}) {
    for (const std::size_t count : {1U, 16U, 700U, 1024U}) {
      SeededRng rng(count);
      std::vector<double> values(count);
      for (double& value : values)
        value = largest * (static_cast<double>(rng.next_u64()) * 0x1p-63 - 1);
      std::vector<std::vector<std::uint32_t>> got(3, std::vector<std::uint32_t>(count));
      from_doubles(basis, values, std::vector<std::span<std::uint32_t>>(got.begin(), got.end()));
      for (std::uint32_t limb = 0; limb < 3; ++limb) {
        std::vector<std::uint32_t> want(count);
        from_doubles(basis.modulus(limb), values, want);
        EXPECT_EQ(got[limb], want) << largest << " " << count;
      }
    }
  }
}

}  // namespace
}  // namespace veilray::ring
