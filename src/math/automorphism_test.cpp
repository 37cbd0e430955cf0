#include "math/automorphism.h"

#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "math/test_support.h"

namespace veilray::math {
namespace {

using testing::Random;
using testing::Residues;

constexpr std::uint64_t kAutomorphismSeed = 271828;

std::vector<std::uint64_t> galois_elements(std::uint32_t log_n, Random& random) {
  const std::uint64_t two_n = std::uint64_t{2} << log_n;
  std::vector<std::uint64_t> elements = {1, 5, 25 % two_n, two_n - 1, two_n - 5, two_n / 2 + 1};
  for (int i = 0; i < 4; ++i) elements.push_back(random.below(two_n) | 1);
  return elements;
}

class Automorphism : public testing::PerKernelTable {
 protected:
  Residues permuted(const Residues& in, const AutomorphismTable& automorphism) const {
    Residues out(in.size(), 0);
    table().permute(out.data(), in.data(), automorphism.view());
    return out;
  }
};

TEST_P(Automorphism, OnTransformedValuesEqualsTheOneOnCoefficients) {
  SCOPED_TRACE(kAutomorphismSeed);
  Random random(kAutomorphismSeed);
  for (std::uint32_t log_n = kMinLogN; log_n <= 13; ++log_n) {
    const NttTables tables(ntt_primes(log_n, 1).value()[0], log_n);
    const Modulus& q = tables.modulus();
    const Residues a = random.residues(tables.n(), q.value());
    Residues transformed = a;
    ntt_forward(transformed, tables);
    for (const std::uint64_t g : galois_elements(log_n, random)) {
      Residues want(tables.n());
      permute_coefficients(want, a, g, q);
      ntt_forward(want, tables);
      ASSERT_EQ(permuted(transformed, AutomorphismTable(log_n, g)), want)
          << "n 2^" << log_n << ", g " << g;
    }
  }
}

TEST_P(Automorphism, ComposesByMultiplyingElements) {
  SCOPED_TRACE(kAutomorphismSeed);
  Random random(kAutomorphismSeed);
  for (const std::uint32_t log_n : {4u, 6u, 11u, 16u}) {
    const std::uint64_t two_n = std::uint64_t{2} << log_n;
    const Residues a = random.residues(std::size_t{1} << log_n, kResidueBound);
    for (int i = 0; i < 5; ++i) {
      const std::uint64_t g = random.below(two_n) | 1, h = random.below(two_n) | 1;
      const AutomorphismTable by_g(log_n, g), by_h(log_n, h), by_both(log_n, g * h % two_n);
      ASSERT_EQ(permuted(permuted(a, by_g), by_h), permuted(a, by_both)) << g << ", " << h;
    }
  }
}

TEST_P(Automorphism, GathersFromTheSourcesThatTheTableNames) {
  SCOPED_TRACE(kAutomorphismSeed);
  Random random(kAutomorphismSeed);
  for (const std::uint32_t log_n : {4u, 5u, 14u}) {
    const AutomorphismTable automorphism(log_n, 5);
    const Residues a = random.residues(automorphism.n(), kResidueBound);
    const Residues got = permuted(a, automorphism);
    std::set<std::size_t> sources;
    for (std::size_t i = 0; i < got.size(); ++i) {
      ASSERT_EQ(got[i], a[automorphism.source(i)]);
      sources.insert(automorphism.source(i));
    }
    EXPECT_EQ(sources.size(), got.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Automorphism, ::testing::ValuesIn(available_kernels()),
                         testing::table_name);

TEST(CoefficientAutomorphism, SendsXToXToTheGWithItsSign) {
  const Modulus q(97);
  Residues x(16, 0), out(16);
  x[1] = 1;
  permute_coefficients(out, x, 5, q);
  EXPECT_EQ(out[5], 1u);
  permute_coefficients(out, x, 31, q);  // x^31 = -x^15
  EXPECT_EQ(out[15], 96u);
  x[0] = 3;
  permute_coefficients(out, x, 31, q);
  EXPECT_EQ(out[0], 3u);
}

TEST(CoefficientAutomorphism, FailsIfTheElementIsEvenOrSizesDiffer) {
  const Modulus q(97);
  Residues in(16, 0), out(16), shorter(8);
  EXPECT_THROW(permute_coefficients(out, in, 4, q), Error);
  EXPECT_THROW(permute_coefficients(shorter, in, 5, q), Error);
}

TEST(AutomorphismTable, RefusesEvenAndTooLargeElements) {
  EXPECT_THROW(AutomorphismTable(4, 2), Error);
  EXPECT_THROW(AutomorphismTable(4, 33), Error);
  EXPECT_THROW(AutomorphismTable(3, 5), Error);
  EXPECT_THROW(AutomorphismTable(17, 5), Error);
}

TEST(Permute, FailsIfTheSizeIsNotThatOfTheTable) {
  const AutomorphismTable automorphism(5, 5);
  Residues in(32, 0), out(16);
  EXPECT_THROW(permute(out, in, automorphism), Error);
  EXPECT_THROW(permute(in, out, automorphism), Error);
}

}  // namespace
}  // namespace veilray::math
