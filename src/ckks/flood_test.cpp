#include "ckks/flood.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "ckks/secret/toy_client.h"
#include "ring/crt.h"
#include "ring/transform.h"

namespace veilray::ckks {
namespace {

using testing::kToyScale;

class Flood : public ::testing::Test {
 protected:
  testing::ToyClient client_;
  const Plaintext plaintext_ = client_.encoder.encode(client_.random_values(), Level{2}, kToyScale);
  const Ciphertext ct_ = client_.encryptor.encrypt(plaintext_);
};

TEST_F(Flood, AddsUniformNoiseOfThatManyBits) {
  for (const std::uint32_t bits : {8U, 20U, 45U}) {
    const auto flooded = flood(client_.params, ct_, bits, client_.secret_rng);
    const auto noise = measure_noise(client_.params, client_.secret_key, flooded, plaintext_);
    // Uniform in [-2^bits, 2^bits): standard deviation 2^bits / sqrt 3.
    EXPECT_NEAR(noise.std_bits, bits - std::log2(3.0) / 2, 0.1);
    EXPECT_LE(noise.max_bits, bits + 0.2);
    EXPECT_EQ(flooded.scale().value, ct_.scale().value);
  }
}

TEST_F(Flood, NoiseLeansToNeitherSide) {
  const auto flooded = flood(client_.params, ct_, 20, client_.secret_rng);
  const auto difference = client_.decryptor.decrypt(client_.evaluator.sub(flooded, ct_)).poly();
  const auto& basis = client_.params.basis();
  std::vector<double> noise(client_.params.n());
  ring::to_doubles(basis, ring::to_coefficients(basis, difference), noise);
  const double mean = std::accumulate(noise.begin(), noise.end(), 0.0) / client_.params.n();
  // Six standard errors.
  EXPECT_LT(std::abs(mean), 6 * 0x1p20 / std::sqrt(3.0 * client_.params.n()));
}

TEST_F(Flood, OfACompactAnswerIsUniformAndBoundedByTheBudget) {
  constexpr std::uint32_t kPeriod = 32;
  const double budget = 1e-3;
  auto values = client_.random_values();
  for (std::size_t i = kPeriod; i < values.size(); ++i) values[i] = values[i - kPeriod];
  const auto scale = Scale{std::exp2(client_.params.log_q(Level{1}) - 7)};
  const auto ct =
      compact(client_.params,
              client_.encryptor.encrypt(client_.encoder.encode(values, Level{1}, scale)), kPeriod);
  const auto bits = flood_bits_within(client_.params, budget, ct.scale, 2 * kPeriod);
  ASSERT_GT(bits, 3U);
  const auto quiet = client_.encoder.decode_real(client_.decryptor.decrypt(ct));
  const auto bound = static_cast<std::int32_t>(1U << bits);
  double squares = 0;
  for (int i = 0; i < 100; ++i) {
    const auto flooded = flood(ct, bits, client_.secret_rng);
    EXPECT_EQ(flooded.c1, ct.c1);
    for (std::size_t k = 0; k < ct.c0.size(); ++k) {
      // The difference modulo 2^30, its sign in bit 31.
      const auto noise = static_cast<std::int32_t>(flooded.c0[k] - ct.c0[k]);
      EXPECT_GE(noise, -bound);
      EXPECT_LT(noise, bound);
      squares += static_cast<double>(noise) * noise;
    }
    const auto got = client_.encoder.decode_real(client_.decryptor.decrypt(flooded));
    EXPECT_LT(testing::largest_difference(got, quiet), budget);
  }
  const double mean_square = squares / (100.0 * static_cast<double>(ct.c0.size()));
  EXPECT_NEAR(mean_square / (std::exp2(2 * bits) / 3), 1, 0.06);
  EXPECT_THROW((void)flood(ct, 32, client_.secret_rng), Error);
}

TEST_F(Flood, BudgetBoundsEverySlot) {
  const double budget = 1e-4;
  const auto bits = flood_bits_within(client_.params, budget, kToyScale, client_.params.n());
  ASSERT_GT(bits, 5U);
  const auto want = client_.encoder.decode_real(plaintext_);
  for (int i = 0; i < 20; ++i) {
    const auto flooded = flood(client_.params, ct_, bits, client_.secret_rng);
    const auto got = client_.encoder.decode_real(client_.decryptor.decrypt(flooded));
    EXPECT_LT(testing::largest_difference(got, want), budget + 1e-6);
  }
}

TEST_F(Flood, NoBudgetGivesNoBits) {
  EXPECT_EQ(flood_bits_within(client_.params, 0, kToyScale, client_.params.n()), 0U);
  EXPECT_EQ(flood_bits_within(client_.params, 1e-9, kToyScale, client_.params.n()), 0U);
}

TEST_F(Flood, FailsIfTheNoiseWouldNotFitAWord) {
  EXPECT_THROW((void)flood(client_.params, ct_, 62, client_.secret_rng), Error);
}

}  // namespace
}  // namespace veilray::ckks
