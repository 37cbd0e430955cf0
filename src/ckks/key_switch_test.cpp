#include "ckks/key_switch.h"

#include <gtest/gtest.h>

#include "ckks/evaluator.h"
#include "ckks/secret/toy_client.h"

namespace veilray::ckks {
namespace {

using testing::kToyScale;
using testing::same_bits;
using testing::ToyClient;

/// Chain primes, special primes: dnum from 1 to 6, full and short last digits.
class KeySwitch : public ::testing::TestWithParam<std::pair<std::uint32_t, std::uint32_t>> {
 protected:
  ToyClient client_{
      {.log_n = 10, .chain_primes = GetParam().first, .special_primes = GetParam().second},
      GetParam().first};
  const Evaluator& ev_ = client_.evaluator;
  Workspace& ws_ = client_.workspace;
  const Level top_ = client_.params.max_level();
  const std::vector<double> values_ = client_.random_values();

  Plaintext rotated_plaintext(std::int32_t step, Level level) const {
    std::vector<double> rotated(values_.size());
    for (std::size_t i = 0; i < rotated.size(); ++i) {
      rotated[i] = values_[(i + static_cast<std::size_t>(step)) % values_.size()];
    }
    return client_.encoder.encode(rotated, level, kToyScale);
  }
};
INSTANTIATE_TEST_SUITE_P(Digits, KeySwitch,
                         ::testing::Values(std::pair{1, 1}, std::pair{6, 1}, std::pair{5, 2},
                                           std::pair{6, 3}, std::pair{7, 3}, std::pair{4, 4},
                                           std::pair{3, 5}, std::pair{20, 16}));

TEST_P(KeySwitch, NoiseIsWhatTheoryPredictsAtEveryLevel) {
  const std::vector<RotationStep> steps = {{5}};
  const auto keys = client_.keys_for(steps, top_);
  for (std::uint32_t l = 0; l <= top_.value; l += 1 + l / 4) {
    const auto ct = client_.encrypt(values_, Level{l});
    const auto noise = measure_noise(client_.params, client_.secret_key,
                                     ev_.rotate(ct, {5}, keys, ws_), rotated_plaintext(5, {l}));
    const double variance = client_.key_switch_variance({l}) + ToyClient::kErrorVariance;
    // The spread over keys: the rounding meets one secret, the digits one set of errors.
    EXPECT_NEAR(noise.std_bits, std::log2(variance) / 2, 0.15) << "level " << l;
  }
}

TEST_P(KeySwitch, KeyOfALowerLevelServesItsLevelsJustAsWell) {
  const std::vector<RotationStep> steps = {{3}};
  const Level level{top_.value / 2};
  const auto keys = client_.keys_for(steps, level);
  for (std::uint32_t l = 0; l <= level.value; ++l) {
    const auto ct = client_.encrypt(values_, Level{l});
    const auto noise = measure_noise(client_.params, client_.secret_key,
                                     ev_.rotate(ct, {3}, keys, ws_), rotated_plaintext(3, {l}));
    const double variance = client_.key_switch_variance({l}) + ToyClient::kErrorVariance;
    EXPECT_NEAR(noise.std_bits, std::log2(variance) / 2, 0.15) << "level " << l;
  }
}

TEST_P(KeySwitch, HoistedRotationsAreTheSameBits) {
  const std::vector<RotationStep> steps = {{1}, {2}, {0}, {100}, {-1}};
  const auto keys = client_.keys_for(steps, top_);
  for (const Level level : {top_, Level{top_.value / 2}}) {
    const auto ct = client_.encrypt(values_, level);
    const auto hoisted = ev_.rotate_many(ct, steps, keys, ws_);
    ASSERT_EQ(hoisted.size(), steps.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      EXPECT_TRUE(same_bits(hoisted[i], ev_.rotate(ct, steps[i], keys, ws_))) << i;
    }
    EXPECT_TRUE(same_bits(hoisted[2], ct));
  }
}

TEST_P(KeySwitch, IsTheSameBitsOnManyThreads) {
  const std::vector<RotationStep> steps = {{1}, {2}};
  const auto keys = client_.keys_for(steps, top_);
  const auto ct = client_.encrypt(values_, top_);
  ThreadPool pool(3);
  Team team(pool);
  Workspace& shared = team.of(0);
  EXPECT_TRUE(same_bits(ev_.rotate(ct, {1}, keys, shared), ev_.rotate(ct, {1}, keys, ws_)));
  const auto many = ev_.rotate_many(ct, steps, keys, shared);
  EXPECT_TRUE(same_bits(many[1], ev_.rotate(ct, {2}, keys, ws_)));
  const auto sum = [&](Workspace& workspace) {
    ExtendedCiphertext turned;
    for (const auto step : steps) ev_.rotate_accumulate(turned, ct, step, keys, workspace);
    return ev_.mod_down(std::move(turned), workspace);
  };
  EXPECT_TRUE(same_bits(sum(shared), sum(ws_)));
}

TEST_P(KeySwitch, SumOfRotationsPaysOneRounding) {
  const std::vector<RotationStep> steps = {{1}, {4}, {0}};
  const auto keys = client_.keys_for(steps, top_);
  const auto a = client_.encrypt(values_, top_);
  ExtendedCiphertext sum, other;
  ev_.rotate_accumulate(sum, a, {1}, keys, ws_);
  ev_.rotate_accumulate(sum, a, {0}, keys, ws_);
  ev_.rotate_accumulate(other, a, {4}, keys, ws_);
  const auto got = ev_.mod_down(ev_.add(std::move(sum), other), ws_);

  std::vector<double> expected(values_.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    expected[i] =
        values_[i] + values_[(i + 1) % values_.size()] + values_[(i + 4) % values_.size()];
  }
  const auto noise = measure_noise(client_.params, client_.secret_key, got,
                                   client_.encoder.encode(expected, top_, kToyScale));
  const double rounding = client_.rounding_variance();
  const double variance =
      3 * ToyClient::kErrorVariance + rounding + 2 * (client_.key_switch_variance(top_) - rounding);
  EXPECT_NEAR(noise.std_bits, std::log2(variance) / 2, 0.2);
}

TEST_P(KeySwitch, RotationsAddUp) {
  const std::vector<RotationStep> steps = {{3}, {7}, {10}, {-10}};
  const auto keys = client_.keys_for(steps, top_);
  const auto ct = client_.encrypt(values_, top_);
  const auto decoded = [&](const Ciphertext& x) {
    return client_.encoder.decode_real(client_.decryptor.decrypt(x));
  };
  const auto twice = ev_.rotate(ev_.rotate(ct, {3}, keys, ws_), {7}, keys, ws_);
  const auto once = ev_.rotate(ct, {10}, keys, ws_);
  EXPECT_LT(testing::largest_difference(decoded(twice), decoded(once)), 2e-4);
  const auto back = ev_.rotate(once, {-10}, keys, ws_);
  EXPECT_LT(testing::largest_difference(decoded(back), values_), 2e-4);
}

TEST_P(KeySwitch, ConjugatingTwiceIsTheIdentity) {
  GaloisKeys keys;
  const auto element = conjugation_element(client_.params.n());
  keys.add(element, client_.generator.galois_key(element, top_));
  std::vector<std::complex<double>> slots(client_.params.slots());
  for (std::size_t i = 0; i < slots.size(); ++i) slots[i] = {values_[i], -values_[i / 2]};
  const auto ct = client_.encryptor.encrypt(client_.encoder.encode(slots, top_, kToyScale));
  const auto once = ev_.conjugate(ct, keys, ws_);
  const auto twice = ev_.conjugate(once, keys, ws_);
  const auto got_once = client_.encoder.decode(client_.decryptor.decrypt(once));
  const auto got_twice = client_.encoder.decode(client_.decryptor.decrypt(twice));
  for (std::size_t i = 0; i < slots.size(); ++i) {
    ASSERT_LT(std::abs(got_once[i] - std::conj(slots[i])), 2e-4);
    ASSERT_LT(std::abs(got_twice[i] - slots[i]), 2e-4);
  }
}

TEST(GaloisElement, IsAPowerOfFiveAndHasTheOrderOfTheSlots) {
  constexpr std::uint32_t n = 1024;
  EXPECT_EQ(to_galois_element({0}, n).value, 1U);
  EXPECT_EQ(to_galois_element({1}, n).value, 5U);
  EXPECT_EQ(to_galois_element({2}, n).value, 25U);
  EXPECT_EQ(to_galois_element({n / 2}, n).value, 1U);
  for (std::int32_t step = 1; step < 40; ++step) {
    EXPECT_EQ(to_galois_element({step}, n).value * to_galois_element({-step}, n).value % (2 * n),
              1U);
  }
}

}  // namespace
}  // namespace veilray::ckks
