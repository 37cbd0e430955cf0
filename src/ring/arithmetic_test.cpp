#include "ring/arithmetic.h"

#include <gtest/gtest.h>

#include <limits>

#include "ring/automorphism.h"
#include "ring/big_integer_testing.h"
#include "ring/transform.h"

namespace veilray::ring {
namespace {

using testing::coefficients;
using testing::from_integers;
using testing::Integers;
using testing::random_poly;
using testing::same_residues;

constexpr std::uint32_t kLogN = 7;
constexpr std::uint32_t kN = 1U << kLogN;
constexpr Shape kShape{kN, 3, 2};

class Arithmetic : public ::testing::Test {
 protected:
  CoeffPoly random() { return random_poly<Domain::kCoeff>(basis_, kShape, rng_); }

  Basis basis_ = testing::make_basis(kLogN, 3, 2);
  SeededRng rng_{7};
  Workspace workspace_;
};

TEST_F(Arithmetic, SumsDifferencesAndNegativesAreThoseOfTheIntegers) {
  const auto a = random(), b = random();
  const Integers x = coefficients(basis_, a), y = coefficients(basis_, b);
  Integers sum(kN), difference(kN), negative(kN);
  for (std::uint32_t i = 0; i < kN; ++i) {
    sum[i] = x[i] + y[i], difference[i] = x[i] - y[i], negative[i] = -x[i];
  }
  auto c = a;
  add_to(basis_, c, b);
  EXPECT_TRUE(same_residues(c, from_integers(basis_, kShape, sum)));
  c = a;
  subtract_from(basis_, c, b);
  EXPECT_TRUE(same_residues(c, from_integers(basis_, kShape, difference)));
  c = a;
  negate(basis_, c);
  EXPECT_TRUE(same_residues(c, from_integers(basis_, kShape, negative)));
}

TEST_F(Arithmetic, ProductIsTheOneModuloXToTheNPlusOne) {
  const auto a = random(), b = random();
  auto product = to_ntt(basis_, a);
  multiply_by(basis_, product, to_ntt(basis_, b));
  const auto want = testing::negacyclic_product(coefficients(basis_, a), coefficients(basis_, b));
  EXPECT_TRUE(same_residues(to_coefficients(basis_, std::move(product)),
                            from_integers(basis_, kShape, want)));
}

TEST_F(Arithmetic, FactorMayHaveMoreChainLimbs) {
  const auto a = random_poly<Domain::kNtt>(basis_, {kN, 1, 2}, rng_);
  const auto b = random_poly<Domain::kNtt>(basis_, kShape, rng_);
  auto product = a;
  multiply_by(basis_, product, b);
  for (const auto& [limb, other, prime] : {std::array{0U, 0U, 0U}, {1U, 3U, 3U}, {2U, 4U, 4U}}) {
    for (std::uint32_t i = 0; i < kN; ++i) {
      ASSERT_EQ(product.limb(limb)[i],
                basis_.modulus(prime).mul(a.limb(limb)[i], b.limb(other)[i]));
    }
  }
}

TEST_F(Arithmetic, IntegerFactorsOfAnySizeAndSign) {
  for (const std::int64_t factor :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{1} << 60,
        std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    const auto a = random();
    Integers want = coefficients(basis_, a);
    for (auto& x : want) x *= mpz_class(static_cast<long>(factor));
    auto product = a;
    multiply_by_integer(basis_, product, factor);
    EXPECT_TRUE(same_residues(product, from_integers(basis_, kShape, want))) << factor;
  }
}

TEST_F(Arithmetic, RootOfMinusOneIsXToTheHalfN) {
  const auto a = random();
  Integers monomial(kN);
  monomial[kN / 2] = 1;
  auto product = to_ntt(basis_, a);
  multiply_by_root_of_minus_one(basis_, product);
  const auto want = testing::negacyclic_product(coefficients(basis_, a), monomial);
  EXPECT_TRUE(same_residues(to_coefficients(basis_, std::move(product)),
                            from_integers(basis_, kShape, want)));
}

TEST_F(Arithmetic, TransformsUndoEachOther) {
  const auto a = random();
  EXPECT_TRUE(same_residues(to_coefficients(basis_, to_ntt(basis_, a)), a));
}

TEST_F(Arithmetic, FailsIfShapesDiffer) {
  auto a = random();
  const auto b = random_poly<Domain::kCoeff>(basis_, {kN, 2, 2}, rng_);
  EXPECT_THROW(add_to(basis_, a, b), Error);
  EXPECT_THROW(subtract_from(basis_, a, b), Error);
  auto c = to_ntt(basis_, a);
  EXPECT_THROW(multiply_by(basis_, c, to_ntt(basis_, b)), Error);
}

TEST_F(Arithmetic, DropForgetsTheHighLimbsAndTheSpecialOnes) {
  auto a = random();
  const auto before = a;
  a.drop_to(2);
  EXPECT_EQ(a.shape(), (Shape{kN, 2, 0}));
  for (std::uint32_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(std::ranges::equal(a.limb(i), before.limb(i)));
  }
}

TEST_F(Arithmetic, AutomorphismOfTheTransformIsTheOneOfTheIntegers) {
  for (const std::uint64_t g : {1U, 3U, 5U, 25U, 2 * kN - 1}) {
    const auto a = random();
    const math::AutomorphismTable table(kLogN, g);
    const auto moved =
        to_coefficients(basis_, apply_automorphism(to_ntt(basis_, a), table, workspace_));
    const auto want = testing::automorphism(coefficients(basis_, a), g);
    EXPECT_TRUE(same_residues(moved, from_integers(basis_, kShape, want))) << g;
  }
}

TEST_F(Arithmetic, InverseOfAGaloisElementTakesItBack) {
  for (std::uint32_t n : {16U, 1024U, 65536U}) {
    for (std::uint64_t g = 1; g < 2 * std::uint64_t{n}; g += 2 + g / 3 * 2) {
      EXPECT_EQ(inverse({g}, n).value * g % (2 * std::uint64_t{n}), 1U) << g;
    }
  }
}

TEST_F(Arithmetic, SparseTransformGivesOneOfEachRunOfTheFullOne) {
  for (std::uint32_t size = 1; size * 16 <= kN; size *= 2) {
    const std::uint32_t run = kN / size;
    const math::Modulus& q = basis_.modulus(0);
    std::vector<std::uint32_t> sparse(size), full(kN, 0);
    sample_uniform(sparse, q, rng_);
    for (std::uint32_t i = 0; i < size; ++i) full[i * run] = sparse[i];
    sparse_to_ntt(sparse, basis_.ntt(0));
    math::ntt_forward(full, basis_.ntt(0));
    for (std::uint32_t i = 0; i < kN; ++i) ASSERT_EQ(full[i], sparse[i / run]) << size;
  }
  std::vector<std::uint32_t> dense(kN / 8);
  EXPECT_THROW(sparse_to_ntt(dense, basis_.ntt(0)), Error);
}

}  // namespace
}  // namespace veilray::ring
