#include <gtest/gtest.h>

#include "ckks/toy_params.h"
#include "ckks/wire.h"
#include "ckks/wire_testing.h"

namespace veilray::ckks {
namespace {

using testing::kBody;
using testing::with;
using testing::with_trailing_byte;

TEST(ParamsWire, ComeBackWithTheSameFingerprint) {
  const auto params = Params::create({.log_n = 13, .chain_primes = 5, .special_primes = 2}).value();
  const auto parsed = parse_params(serialize(params)).value();
  EXPECT_EQ(parsed.spec(), params.spec());
  EXPECT_EQ(parsed.fingerprint(), params.fingerprint());
}

TEST(ParamsWire, FailIfInsecureDamagedOrOfOtherPrimes) {
  const auto toy = testing::toy_params({.log_n = 12, .chain_primes = 9}).value();
  const auto insecure = parse_params(serialize(toy));
  ASSERT_FALSE(insecure.ok());
  EXPECT_EQ(insecure.failure().code, ErrorCode::kInsecure);

  const auto params = Params::create({.log_n = 12, .chain_primes = 2, .special_primes = 1}).value();
  const auto wire = serialize(params);
  for (std::size_t size = 0; size < wire.size(); ++size) {
    EXPECT_FALSE(parse_params(std::span(wire).first(size)).ok()) << size;
  }
  EXPECT_FALSE(parse_params(with_trailing_byte(wire)).ok());
  EXPECT_FALSE(parse_params(with(wire, kBody, ~0U)).ok());
  const auto swapped = parse_params(with(wire, 8, ~std::uint64_t{0}));
  ASSERT_FALSE(swapped.ok());
  EXPECT_EQ(swapped.failure().code, ErrorCode::kFingerprintMismatch);
}

}  // namespace
}  // namespace veilray::ckks
