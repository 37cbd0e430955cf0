#include "math/modulus.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "math/test_support.h"

namespace veilray::math {
namespace {

using testing::multiply_mod;
using testing::Random;

// The largest prime, one just above 2^29, middling ones, the smallest.
constexpr Residue kPrimes[] = {1073741789, 536870923, 1073479681, 65537, 97, 5, 3};
constexpr std::uint64_t kModulusSeed = 20240601;

TEST(Modulus, RefusesWhatIsEvenTooSmallOrTooLarge) {
  for (const Residue bad : {Residue{0}, Residue{1}, Residue{2}, Residue{4}, kResidueBound,
                            kResidueBound + 1, ~Residue{0}}) {
    EXPECT_THROW(Modulus{bad}, Error) << bad;
  }
  EXPECT_NO_THROW(Modulus{3});
  EXPECT_NO_THROW(Modulus{kResidueBound - 1});
}

TEST(Modulus, AgreesWithWideDivisionOnEdgesAndRandomOperands) {
  SCOPED_TRACE(kModulusSeed);
  Random random(kModulusSeed);
  for (const Residue p : kPrimes) {
    const Modulus q(p);
    const auto a = random.edgy(500, p), b = random.edgy(500, p);
    for (std::size_t i = 0; i < a.size(); ++i) {
      const std::uint64_t x = a[i], y = b[i];
      ASSERT_EQ(q.add(a[i], b[i]), (x + y) % p);
      ASSERT_EQ(q.sub(a[i], b[i]), (x + p - y) % p);
      ASSERT_EQ(q.neg(a[i]), (p - x) % p);
      ASSERT_EQ(q.mul(a[i], b[i]), multiply_mod(x, y, p));
    }
  }
}

TEST(Modulus, ReducesEverySixtyFourBitWord) {
  SCOPED_TRACE(kModulusSeed);
  Random random(kModulusSeed);
  for (const Residue p : kPrimes) {
    const Modulus q(p);
    for (const std::uint64_t x :
         {std::uint64_t{0}, std::uint64_t{p}, std::uint64_t{p} - 1, std::uint64_t{1} << 32,
          (std::uint64_t{1} << 32) - 1, ~std::uint64_t{0}, ~std::uint64_t{0} / p * p}) {
      ASSERT_EQ(q.reduce(x), x % p) << x << " mod " << p;
    }
    for (int i = 0; i < 1000; ++i) {
      const std::uint64_t x = random.next() >> random.below(64);
      ASSERT_EQ(q.reduce(x), x % p) << x << " mod " << p;
    }
  }
}

TEST(Modulus, ReducesSignedWordsToTheLeastNonNegativeResidue) {
  SCOPED_TRACE(kModulusSeed);
  Random random(kModulusSeed);
  constexpr std::int64_t kLimit = std::int64_t{1} << 62;
  for (const Residue p : kPrimes) {
    const Modulus q(p);
    const auto want = [&](std::int64_t x) {
      const std::int64_t r = x % static_cast<std::int64_t>(p);
      return static_cast<Residue>(r < 0 ? r + static_cast<std::int64_t>(p) : r);
    };
    for (const std::int64_t x : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1}, kLimit,
                                 -kLimit, -static_cast<std::int64_t>(p)}) {
      ASSERT_EQ(q.reduce_signed(x), want(x)) << x << " mod " << p;
    }
    for (int i = 0; i < 1000; ++i) {
      const std::int64_t x = static_cast<std::int64_t>(random.next()) >> (1 + random.below(60));
      ASSERT_EQ(q.reduce_signed(x), want(x)) << x << " mod " << p;
    }
  }
}

TEST(Modulus, ShoupProductTakesAnyThirtyTwoBitOperand) {
  SCOPED_TRACE(kModulusSeed);
  Random random(kModulusSeed);
  for (const Residue p : kPrimes) {
    const Modulus q(p);
    const auto words = random.edgy(500, std::uint64_t{1} << 32), factors = random.edgy(500, p);
    for (std::size_t i = 0; i < words.size(); ++i) {
      const ShoupFactor factor = q.shoup(factors[i]);
      const std::uint64_t want = multiply_mod(words[i], factors[i], p);
      ASSERT_EQ(q.mul(words[i], factor), want);
      ASSERT_LT(q.mul_lazy(words[i], factor), 2 * p);
      ASSERT_EQ(q.mul_lazy(words[i], factor) % p, want);
    }
  }
}

TEST(Modulus, InverseTimesItselfIsOne) {
  SCOPED_TRACE(kModulusSeed);
  Random random(kModulusSeed);
  for (const Residue p : kPrimes) {
    const Modulus q(p);
    for (int i = 0; i < 100; ++i) {
      const auto a = static_cast<Residue>(1 + random.below(p - 1));
      ASSERT_EQ(q.mul(a, q.inverse(a)), 1u);
    }
    EXPECT_EQ(q.inverse(0), 0u);
  }
}

TEST(Modulus, PowerZeroIsOneAndExponentsAdd) {
  const Modulus q(1073741789);
  EXPECT_EQ(q.pow(12345, 0), 1u);
  EXPECT_EQ(q.pow(0, 5), 0u);
  EXPECT_EQ(q.mul(q.pow(7, 1000), q.pow(7, 2345)), q.pow(7, 3345));
  EXPECT_EQ(q.pow(7, q.value() - 1), 1u);
}

TEST(Modulus, CoversAreTheLeastMultiplesAboveTheirBounds) {
  for (const Residue p : kPrimes) {
    const Modulus q(p);
    EXPECT_EQ(q.cover30() % p, 0u);
    EXPECT_GE(q.cover30(), kResidueBound);
    EXPECT_LT(q.cover30() - p, kResidueBound);
    EXPECT_EQ(q.cover62() % p, 0u);
    EXPECT_GE(q.cover62(), std::uint64_t{1} << 62);
    EXPECT_LT(q.cover62() - p, std::uint64_t{1} << 62);
  }
}

}  // namespace
}  // namespace veilray::math
