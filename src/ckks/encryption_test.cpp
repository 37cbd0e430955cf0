#include "ckks/encryption.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ckks/secret/toy_client.h"

namespace veilray::ckks {
namespace {

using testing::kToyScale;
using testing::same_bits;
using testing::ToyClient;

class Encryption : public ::testing::Test {
 protected:
  Noise noise(const Ciphertext& ct, const Plaintext& plaintext) const {
    return measure_noise(client_.params, client_.secret_key, ct, plaintext);
  }
  ToyClient client_;
  const std::vector<double> values_ = client_.random_values();
};

TEST_F(Encryption, FreshNoiseIsTheErrorDistributions) {
  for (std::uint32_t l = 0; l <= client_.params.max_level().value; ++l) {
    const auto plaintext = client_.encoder.encode(values_, Level{l}, kToyScale);
    const auto measured = noise(client_.encryptor.encrypt(plaintext), plaintext);
    EXPECT_NEAR(measured.std_bits, std::log2(10.5) / 2, 0.15);
    EXPECT_LE(measured.max_bits, std::log2(21));
  }
}

TEST_F(Encryption, SeededCiphertextExpandsToOneThatDecrypts) {
  const auto plaintext = client_.encoder.encode(values_, Level{2}, kToyScale);
  const auto seeded = client_.encryptor.encrypt_seeded(plaintext);
  const auto ct = expand(client_.params, seeded);
  EXPECT_EQ(ct.level().value, 2U);
  EXPECT_EQ(ct.scale().value, kToyScale.value);
  EXPECT_LE(noise(ct, plaintext).max_bits, std::log2(21));
}

TEST_F(Encryption, SeedAndMaskAreFreshEachTime) {
  const auto plaintext = client_.encoder.encode(values_, Level{1}, kToyScale);
  const auto a = client_.encryptor.encrypt_seeded(plaintext);
  const auto b = client_.encryptor.encrypt_seeded(plaintext);
  EXPECT_NE(a.seed, b.seed);
  EXPECT_FALSE(same_bits(expand(client_.params, a), expand(client_.params, b)));
}

TEST_F(Encryption, PublicKeyEncryptionDecryptsWithHardlyMoreThanRoundingNoise) {
  const auto key = client_.generator.public_key();
  for (std::uint32_t l = 0; l <= client_.params.max_level().value; ++l) {
    const auto plaintext = client_.encoder.encode(values_, Level{l}, kToyScale);
    const auto ct = encrypt(client_.params, key, plaintext, client_.secret_rng, client_.workspace);
    EXPECT_NEAR(noise(ct, plaintext).std_bits, std::log2(client_.rounding_variance()) / 2, 0.2);
  }
}

TEST_F(Encryption, RerandomizeKeepsTheMessageAndChangesEveryPart) {
  const auto key = client_.generator.public_key();
  const auto plaintext = client_.encoder.encode(values_, Level{1}, kToyScale);
  const auto ct = client_.encryptor.encrypt(plaintext);
  const auto once = rerandomize(client_.params, ct, key, client_.secret_rng, client_.workspace);
  const auto again = rerandomize(client_.params, ct, key, client_.secret_rng, client_.workspace);
  EXPECT_EQ(once.level().value, 1U);
  for (std::uint32_t part = 0; part < 2; ++part) {
    for (std::uint32_t limb = 0; limb < 2; ++limb) {
      EXPECT_FALSE(std::ranges::equal(once.part(part).limb(limb), ct.part(part).limb(limb)));
      EXPECT_FALSE(std::ranges::equal(once.part(part).limb(limb), again.part(part).limb(limb)));
    }
  }
  const double variance = client_.rounding_variance() + ToyClient::kErrorVariance;
  EXPECT_NEAR(noise(once, plaintext).std_bits, std::log2(variance) / 2, 0.2);
}

TEST_F(Encryption, NoiseMeterFailsIfScaleOrLevelDiffer) {
  const auto ct = client_.encrypt(values_, Level{2});
  const auto other_scale = client_.encoder.encode(values_, Level{2}, Scale{0x1p29});
  const auto lower = client_.encoder.encode(values_, Level{1}, kToyScale);
  EXPECT_THROW((void)noise(ct, other_scale), Error);
  EXPECT_THROW((void)noise(ct, lower), Error);
}

}  // namespace
}  // namespace veilray::ckks
