#include "plan/noise.h"

#include <gtest/gtest.h>

#include "ckks/compact.h"
#include "ckks/secret/toy_client.h"

namespace veilray::plan {
namespace {

using ckks::Level;
using ckks::Scale;
using ckks::testing::ToyClient;

/// Of what each slot is off by, in units of the scaled message.
double measured_deviation(std::span<const double> got, std::span<const double> want, Scale scale) {
  double squares = 0;
  for (std::size_t i = 0; i < want.size(); ++i) squares += std::pow(got[i] - want[i], 2);
  return scale.value * std::sqrt(squares / static_cast<double>(want.size()));
}

/// Within a factor of 1.5.
void expect_predicted(double predicted, double measured, const std::string& what) {
  EXPECT_GT(predicted, measured / 1.5) << what;
  EXPECT_LT(predicted, measured * 1.5) << what;
}

/// At the ring degree of small networks, for several numbers of special primes.
class Noise : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  ToyClient client{{.log_n = 13, .chain_primes = 5, .special_primes = GetParam()}};
  NoiseModel model{client.params};
  Level top = client.params.max_level();

  std::vector<double> decrypted(const ckks::Ciphertext& ct) const {
    return client.encoder.decode_real(client.decryptor.decrypt(ct));
  }
};
INSTANTIATE_TEST_SUITE_P(SpecialPrimes, Noise, ::testing::Values(1U, 2U, 3U, 5U));

TEST_P(Noise, OfAnEncodingIsPredicted) {
  const auto values = client.random_values();
  const Scale scale{0x1p20};
  const auto got = client.encoder.decode_real(client.encoder.encode(values, top, scale));
  expect_predicted(model.encoding(), measured_deviation(got, values, scale), "encoding");
}

TEST_P(Noise, OfAFreshEncryptionIsPredicted) {
  const auto values = client.random_values();
  const auto got = decrypted(client.encrypt(values, top));
  expect_predicted(model.fresh(), measured_deviation(got, values, ckks::testing::kToyScale),
                   "fresh");
}

TEST_P(Noise, OfARescaleIsPredicted) {
  const auto values = client.random_values();
  // What was there before is divided by a prime and gone.
  const auto ct = client.encryptor.encrypt(client.encoder.encode(values, top, Scale{0x1p60}));
  const auto rescaled = client.evaluator.rescale(ct, client.workspace);
  expect_predicted(model.rescale(),
                   measured_deviation(decrypted(rescaled), values, rescaled.scale()), "rescale");
}

TEST_P(Noise, OfACompactAnswerIsPredicted) {
  constexpr std::uint32_t kPeriod = 256;  // as many slots to measure
  auto values = client.random_values();
  for (std::size_t i = kPeriod; i < values.size(); ++i) values[i] = values[i - kPeriod];
  const auto ct = client.encryptor.encrypt(client.encoder.encode(values, {1}, Scale{0x1p53}));
  const auto small = ckks::compact(client.params, ct, kPeriod);
  const auto got = client.encoder.decode_real(client.decryptor.decrypt(small));
  expect_predicted(model.compaction(kPeriod), measured_deviation(got, values, small.scale),
                   "compaction");
}

TEST_P(Noise, OfAKeySwitchIsPredictedAtEveryLevel) {
  const std::vector<ckks::RotationStep> steps{{1}};
  const auto keys = client.keys_for(steps, top);
  for (Level level = top;; --level.value) {
    const auto ct = client.encrypt(client.random_values(), level);
    auto want = decrypted(ct);
    std::rotate(want.begin(), want.begin() + 1, want.end());
    const auto rotated = client.evaluator.rotate(ct, steps[0], keys, client.workspace);
    expect_predicted(model.key_switch(level),
                     measured_deviation(decrypted(rotated), want, ct.scale()),
                     "level " + std::to_string(level.value));
    if (level.value == 0) break;
  }
}

}  // namespace
}  // namespace veilray::plan
