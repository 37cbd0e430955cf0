#include "math/primes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "math/test_support.h"

namespace veilray::math {
namespace {

using testing::power_mod;

bool is_prime_by_division(std::uint32_t x) {
  for (std::uint64_t d = 2; d * d <= x; ++d) {
    if (x % d == 0) return false;
  }
  return x >= 2;
}

TEST(Primes, AgreeWithTrialDivisionOnSmallAndLargeNumbers) {
  for (std::uint32_t x = 0; x < 20000; ++x) ASSERT_EQ(is_prime(x), is_prime_by_division(x)) << x;
  for (std::uint32_t x = 0; x < 500; ++x) {
    const std::uint32_t below_2_30 = (1u << 30) - x, below_2_32 = ~x;
    ASSERT_EQ(is_prime(below_2_30), is_prime_by_division(below_2_30)) << below_2_30;
    ASSERT_EQ(is_prime(below_2_32), is_prime_by_division(below_2_32)) << below_2_32;
  }
}

TEST(Primes, SeeThroughStrongPseudoprimes) {
  // To base 2; to 2 and 3; to 2, 3 and 5 (Pomerance, Selfridge, Wagstaff 1980); Carmichael numbers.
  for (const std::uint32_t x : {2047u, 1373653u, 25326001u, 561u, 41041u, 321197185u}) {
    EXPECT_FALSE(is_prime(x)) << x;
  }
}

TEST(NttPrimes, AreAllTheNearestOnesInDescendingOrder) {
  for (const std::uint32_t log_n : {4u, 11u, 14u, 16u}) {
    const auto primes = ntt_primes(log_n, 12).value();
    std::vector<Residue> want;
    const Residue step = Residue{2} << log_n;
    for (Residue x = kResidueBound - step + 1; want.size() < 12; x -= step) {
      if (is_prime_by_division(x)) want.push_back(x);
    }
    ASSERT_EQ(primes.size(), want.size());
    for (std::size_t i = 0; i < want.size(); ++i) EXPECT_EQ(primes[i].value(), want[i]);
  }
}

TEST(NttPrimes, ContinueBelowTheLastOne) {
  const auto all = ntt_primes(14, 8).value();
  const auto rest = ntt_primes(14, 5, all[2].value()).value();
  EXPECT_TRUE(std::equal(rest.begin(), rest.end(), all.begin() + 3));
}

TEST(NttPrimes, FailWhenThereAreNotEnough) {
  EXPECT_FALSE(ntt_primes(16, 100000).ok());
  EXPECT_FALSE(ntt_primes(16, 1, 65537).ok());  // none below 2^17 + 1
  EXPECT_TRUE(ntt_primes(4, 1, 98).ok());       // 97 = 3 * 32 + 1
  EXPECT_FALSE(ntt_primes(4, 2, 98).ok());
}

TEST(NttPrimes, FailOutsideTheSupportedSizes) {
  EXPECT_FALSE(ntt_primes(3, 1).ok());
  EXPECT_FALSE(ntt_primes(17, 1).ok());
  EXPECT_FALSE(ntt_primes(~std::uint32_t{0}, 1).ok());
  EXPECT_FALSE(ntt_primes(14, 1, kResidueBound + 1).ok());
  EXPECT_FALSE(ntt_primes(14, 1, 0).ok());
}

TEST(PrimitiveRoot, HasOrderExactlyTwoN) {
  for (std::uint32_t log_n = kMinLogN; log_n <= kMaxLogN; ++log_n) {
    const Modulus q = ntt_primes(log_n, 1).value()[0];
    const Residue psi = primitive_root(q, log_n);
    EXPECT_EQ(power_mod(psi, std::uint64_t{1} << log_n, q.value()), q.value() - 1);
  }
}

TEST(PrimitiveRoot, IsTheSmallest) {
  const Modulus q = ntt_primes(5, 1).value()[0];
  const Residue psi = primitive_root(q, 5);
  for (std::uint64_t k = 1; k < 64; k += 2) EXPECT_LE(psi, power_mod(psi, k, q.value()));
}

TEST(PrimitiveRoot, FailsIfTheModulusDoesNotSplit) {
  EXPECT_THROW(primitive_root(Modulus(97), 5), Error);
  EXPECT_THROW(primitive_root(Modulus(97), 40), Error);
}

}  // namespace
}  // namespace veilray::math
