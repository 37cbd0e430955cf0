#include "ckks/params.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ckks/security.h"
#include "ckks/toy_params.h"
#include "math/primes.h"
#include "ring/basis.h"

namespace veilray::ckks {
namespace {

TEST(Params, DefaultIsTheProductsSetAt128Bits) {
  const auto params = Params::create({}).value();
  EXPECT_EQ(params.n(), 1U << 14);
  EXPECT_EQ(params.slots(), 1U << 13);
  EXPECT_EQ(params.max_level().value, 10U);
  EXPECT_EQ(params.dnum(), 4U);
  EXPECT_EQ(params.dnum(Level{0}), 1U);
  EXPECT_EQ(params.dnum(Level{2}), 1U);
  EXPECT_EQ(params.dnum(Level{3}), 2U);
  EXPECT_GT(params.log_qp(), 419.9);
  EXPECT_LE(params.log_qp(), 420);
  EXPECT_EQ(params.security_bits(), 128U);
}

TEST(Params, RefusesMoreBitsThanTheTableAllows) {
  // 30-bit primes that still fit, per ring degree: one more is refused.
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> fits = {
      {12, 3}, {13, 7}, {14, 14}, {15, 28}, {16, 58}};
  for (const auto& [log_n, primes] : fits) {
    EXPECT_TRUE(
        Params::create({.log_n = log_n, .chain_primes = primes - 1, .special_primes = 1}).ok())
        << log_n;
    const auto refused =
        Params::create({.log_n = log_n, .chain_primes = primes, .special_primes = 1});
    ASSERT_FALSE(refused.ok()) << log_n;
    EXPECT_EQ(refused.failure().code, ErrorCode::kInsecure);
    EXPECT_NE(refused.failure().line().find("128"), std::string::npos);
  }
}

TEST(Params, RefusesRingsBelowTheTableHoweverFewTheBits) {
  for (const std::uint32_t log_n : {10U, 11U}) {
    const auto refused = Params::create(
        {.log_n = log_n, .chain_primes = 1, .special_primes = 1, .chain_prime_bits = 20});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.failure().code, ErrorCode::kInsecure);
  }
}

TEST(Params, ToySetsPromiseNoSecurity) {
  const auto toy =
      testing::toy_params({.log_n = 10, .chain_primes = 4, .special_primes = 2}).value();
  EXPECT_EQ(toy.security_bits(), 0U);
}

TEST(Params, FailsIfASpecIsOutOfRange) {
  const ParamsSpec good{.log_n = 12, .chain_primes = 2, .special_primes = 1};
  ASSERT_TRUE(testing::toy_params(good).ok());
  const auto fails = [&](auto change) {
    ParamsSpec spec = good;
    change(spec);
    const auto result = testing::toy_params(spec);
    return !result.ok() && result.failure().code == ErrorCode::kInvalidArgument;
  };
  for (const std::uint32_t log_n : {0U, 9U, 17U, 64U, ~0U}) {
    EXPECT_TRUE(fails([&](ParamsSpec& spec) { spec.log_n = log_n; })) << log_n;
  }
  for (const std::uint32_t count : {0U, 65U, ~0U}) {
    EXPECT_TRUE(fails([&](ParamsSpec& spec) { spec.chain_primes = count; })) << count;
    EXPECT_TRUE(fails([&](ParamsSpec& spec) { spec.special_primes = count; })) << count;
  }
  for (const std::uint32_t bits : {0U, 19U, 31U, ~0U}) {
    EXPECT_TRUE(fails([&](ParamsSpec& spec) { spec.chain_prime_bits = bits; })) << bits;
  }
  // Only a few primes of 20 bits are 1 modulo 2^17.
  EXPECT_TRUE(fails([](ParamsSpec& spec) {
    spec.log_n = 16, spec.chain_primes = 20, spec.chain_prime_bits = 20;
  }));
}

TEST(Params, PrimesAreDistinctSplitTheRingAndTheSpecialOnesAreLargest) {
  for (const std::uint32_t bits : {24U, 30U}) {
    const auto params =
        testing::toy_params(
            {.log_n = 13, .chain_primes = 9, .special_primes = 3, .chain_prime_bits = bits})
            .value();
    std::set<std::uint32_t> seen;
    std::uint32_t smallest_special = ~0U, largest_chain = 0;
    for (std::uint32_t i = 0; i < 12; ++i) {
      const std::uint32_t q = params.basis().modulus(i).value();
      EXPECT_TRUE(math::is_prime(q));
      EXPECT_EQ(q % (2 * params.n()), 1U);
      EXPECT_EQ(q >> ((i < 9 ? bits : 30) - 1), 1U);
      seen.insert(q);
      (i < 9 ? largest_chain : smallest_special) =
          i < 9 ? std::max(largest_chain, q) : std::min(smallest_special, q);
    }
    EXPECT_EQ(seen.size(), 12U);
    EXPECT_GT(smallest_special, largest_chain);
    EXPECT_EQ(params.prime(Level{8}), params.basis().modulus(8).value());
  }
}

TEST(Params, FingerprintTellsSetsApartAndIsStable) {
  const auto a = Params::create({}).value(), b = Params::create({}).value();
  EXPECT_EQ(a.fingerprint(), b.fingerprint());
  EXPECT_EQ(testing::toy_params({}).value().fingerprint(), a.fingerprint());
  const auto other = Params::create({.chain_primes = 10, .special_primes = 4}).value();
  EXPECT_NE(a.fingerprint(), other.fingerprint());
}

TEST(Security, TableHoldsTheFiveRingDegreesOnly) {
  EXPECT_EQ(max_log_qp(14), 430);
  EXPECT_EQ(max_log_qp(11), 0);
  EXPECT_EQ(max_log_qp(17), 0);
  EXPECT_EQ(security_bits(15, 868), 128U);
  EXPECT_EQ(security_bits(15, 868.01), 0U);
}

}  // namespace
}  // namespace veilray::ckks
