#include "ckks/encoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "base/random.h"
#include "ckks/toy_params.h"
#include "ring/big_integer_testing.h"
#include "ring/transform.h"

namespace veilray::ckks {
namespace {

using Complex = std::complex<double>;

std::vector<double> random_values(std::size_t count, std::uint64_t seed) {
  SeededRng rng(seed);
  std::vector<double> values(count);
  for (double& v : values) v = static_cast<double>(rng.next_u64() >> 11) * 0x1p-52 - 1;
  return values;
}

double largest(const std::vector<double>& a, const std::vector<double>& b) {
  double difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference = std::max(difference, std::abs(a[i] - b[i]));
  return difference;
}

class EncoderAt : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  const Params params_ =
      testing::toy_params({.log_n = GetParam(), .chain_primes = 5, .special_primes = 1}).value();
  const Encoder encoder_{params_};
  /// Rounding n coefficients by at most a half each moves no slot further than this, times the
  /// scale (seven standard deviations of a sum of n of them).
  double rounding(Scale scale) const { return 7 * std::sqrt(params_.n() / 12.0) / scale.value; }
};
INSTANTIATE_TEST_SUITE_P(LogN, EncoderAt, ::testing::Values(10, 11, 14));

TEST_P(EncoderAt, RealSlotsComeBackWithinTheRoundingAtEveryLevelAndScale) {
  const auto values = random_values(params_.slots(), GetParam());
  for (const double log_scale : {20.0, 28.5, 55.0, 75.0, 110.0}) {
    for (std::uint32_t l = 0; l <= params_.max_level().value; ++l) {
      const Scale scale{std::exp2(log_scale)};
      if (log_scale + 1 >= params_.log_q({l}) - 1) continue;
      const auto got = encoder_.decode_real(encoder_.encode(values, Level{l}, scale));
      EXPECT_LT(largest(got, values), rounding(scale) + 0x1p-44) << log_scale << " at " << l;
    }
  }
}

TEST_P(EncoderAt, ComplexSlotsComeBack) {
  const auto re = random_values(params_.slots(), 1), im = random_values(params_.slots(), 2);
  std::vector<Complex> values(params_.slots());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = {re[i], im[i]};
  const Scale scale{0x1p40};
  const auto got = encoder_.decode(encoder_.encode(values, Level{2}, scale));
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_LT(std::abs(got[i] - values[i]), 2 * rounding(scale));
  }
}

TEST_P(EncoderAt, MissingSlotsAreZero) {
  const std::vector<double> one = {1.0};
  const auto got = encoder_.decode_real(encoder_.encode(one, Level{1}, Scale{0x1p40}));
  EXPECT_NEAR(got[0], 1, 1e-9);
  for (std::size_t i = 1; i < got.size(); ++i) ASSERT_NEAR(got[i], 0, 1e-9);
}

TEST_P(EncoderAt, PeriodicEncodingIsTheFullOneInFewerWords) {
  const Scale scale{0x1p30};
  for (std::uint32_t period = 1; period <= params_.slots(); period *= 2) {
    const auto values = random_values(period, period);
    std::vector<double> all(params_.slots());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = values[i % period];
    const auto full = encoder_.encode(all, Level{2}, scale);
    const auto periodic = encoder_.encode_periodic(values, Level{2}, scale);
    EXPECT_EQ(periodic.n(), params_.n());
    EXPECT_EQ(periodic.run(),
              2 * period * 16 > params_.n() ? 1 : params_.n() / (2 * std::max(period, 8U)));
    for (std::uint32_t limb = 0; limb < 3; ++limb) {
      for (std::uint32_t i = 0; i < params_.n(); ++i) {
        ASSERT_EQ(periodic.poly().limb(limb)[i / periodic.run()], full.poly().limb(limb)[i])
            << "period " << period << " word " << i;
      }
    }
    EXPECT_LT(largest(encoder_.decode_real(periodic), all), rounding(scale));
  }
}

TEST_P(EncoderAt, ConstantStandsInEverySlot) {
  const auto plain = encoder_.encode_constant(-0.625, Level{3}, Scale{0x1p70});
  EXPECT_EQ(plain.run(), params_.n());
  EXPECT_EQ(plain.poly().n(), 1U);
  for (const auto& slot : encoder_.decode(plain)) ASSERT_LT(std::abs(slot + 0.625), 1e-12);
}

TEST_P(EncoderAt, CoefficientsTransformToTheVeryLimbsOfThePlaintext) {
  const auto values = random_values(params_.slots(), 5);
  for (const double scale : {0x1p20, 0x1p29}) {
    const auto plain = encoder_.encode(values, params_.max_level(), Scale{scale});
    const auto coefficients =
        encoder_.encode_coefficients(values, params_.max_level(), Scale{scale});
    ASSERT_TRUE(coefficients.has_value());
    EXPECT_EQ(coefficients->scale().value, scale);
    EXPECT_EQ(coefficients->bytes(), params_.n() * sizeof(std::int32_t));
    std::vector<std::uint32_t> limb(params_.n());
    for (std::uint32_t i = 0; i < params_.max_level().limbs(); ++i) {
      coefficients->transform(limb, params_, i);
      EXPECT_TRUE(std::ranges::equal(limb, plain.poly().limb(i))) << i;
    }
  }
}

TEST_P(EncoderAt, CoefficientsThatFillAWordAreNotKeptAsOne) {
  const std::vector<double> ones(params_.slots(), 1.0);
  EXPECT_FALSE(encoder_.encode_coefficients(ones, Level{1}, Scale{0x1p31}).has_value());
  EXPECT_TRUE(encoder_.encode_coefficients(ones, Level{1}, Scale{0x1p28}).has_value());
}

// The definition: slot j is the polynomial at exp(i pi 5^j / n), over the scale.
TEST(Encoder, SlotsAreValuesAtPowersOfFive) {
  const auto params =
      testing::toy_params({.log_n = 10, .chain_primes = 2, .special_primes = 1}).value();
  const Encoder encoder(params);
  const auto values = random_values(params.slots(), 3);
  const Scale scale{0x1p45};
  const auto coefficients = ring::testing::coefficients(
      params.basis(),
      ring::to_coefficients(params.basis(), encoder.encode(values, Level{1}, scale).poly()));
  std::uint64_t power = 1;
  for (std::size_t j = 0; j < 20; ++j) {
    Complex sum = 0;
    for (std::size_t i = 0; i < coefficients.size(); ++i) {
      const auto turns = static_cast<double>(power * i % (2 * params.n()));
      sum += std::polar(coefficients[i].get_d(), std::numbers::pi * turns / params.n());
    }
    EXPECT_LT(std::abs(sum / scale.value - values[j]), 1e-9) << "slot " << j;
    power = power * 5 % (2 * std::uint64_t{params.n()});
  }
}

TEST(Encoder, FailsIfItCannotBeEncoded) {
  const auto params =
      testing::toy_params({.log_n = 10, .chain_primes = 2, .special_primes = 1}).value();
  const Encoder encoder(params);
  const std::vector<double> too_many(params.slots() + 1), one = {1.0};
  const std::vector<double> nan = {std::nan("")},
                            infinite = {std::numeric_limits<double>::infinity()};
  const std::vector<double> large(params.slots(), 4.0), three = {1, 2, 3};
  EXPECT_THROW((void)encoder.encode(too_many, Level{1}, Scale{1}), Error);
  EXPECT_THROW((void)encoder.encode(nan, Level{1}, Scale{1}), Error);
  EXPECT_THROW((void)encoder.encode(infinite, Level{1}, Scale{1}), Error);
  EXPECT_THROW((void)encoder.encode(one, Level{2}, Scale{1}), Error);
  for (const double scale : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW((void)encoder.encode(one, Level{1}, Scale{scale}), Error);
    EXPECT_THROW((void)encoder.encode_constant(1, Level{1}, Scale{scale}), Error);
  }
  EXPECT_THROW((void)encoder.encode(large, Level{1}, Scale{0x1p57}), Error);
  EXPECT_THROW((void)encoder.encode(large, Level{0}, Scale{0x1p27}), Error);
  EXPECT_NO_THROW((void)encoder.encode(large, Level{1}, Scale{0x1p56}));
  EXPECT_THROW((void)encoder.encode_constant(4, Level{0}, Scale{0x1p27}), Error);
  EXPECT_THROW((void)encoder.encode_periodic(three, Level{1}, Scale{1}), Error);
  EXPECT_THROW((void)encoder.encode_periodic({}, Level{1}, Scale{1}), Error);
}

}  // namespace
}  // namespace veilray::ckks
