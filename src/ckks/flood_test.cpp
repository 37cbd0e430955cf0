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

TEST_F(Flood, BudgetBoundsEverySlot) {
  const double budget = 1e-4;
  const auto bits = flood_bits_within(client_.params, budget, kToyScale);
  ASSERT_GT(bits, 5U);
  const auto want = client_.encoder.decode_real(plaintext_);
  for (int i = 0; i < 20; ++i) {
    const auto flooded = flood(client_.params, ct_, bits, client_.secret_rng);
    const auto got = client_.encoder.decode_real(client_.decryptor.decrypt(flooded));
    EXPECT_LT(testing::largest_difference(got, want), budget + 1e-6);
  }
}

TEST_F(Flood, NoBudgetGivesNoBits) {
  EXPECT_EQ(flood_bits_within(client_.params, 0, kToyScale), 0U);
  EXPECT_EQ(flood_bits_within(client_.params, 1e-9, kToyScale), 0U);
}

TEST_F(Flood, FailsIfTheNoiseWouldNotFitAWord) {
  EXPECT_THROW((void)flood(client_.params, ct_, 62, client_.secret_rng), Error);
}

}  // namespace
}  // namespace veilray::ckks
