#include "ckks/secret/secret_key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "ckks/envelope.h"
#include "ckks/secret/toy_client.h"

namespace veilray::ckks {
namespace {

using testing::ToyClient;

class SecretKeyFileTest : public ::testing::Test {
 protected:
  std::vector<std::byte> wire() const {
    const auto secure = serialize(client_.params, client_id_, model_, client_.secret_key);
    return {secure.span().begin(), secure.span().end()};
  }
  ToyClient client_;
  const ClientId client_id_{std::byte{1}, std::byte{2}};
  const Sha256 model_{std::byte{3}};
};

TEST_F(SecretKeyFileTest, ComesBackAsItWas) {
  const auto parsed = parse_secret_key(client_.params, wire()).value();
  EXPECT_EQ(parsed.client_id, client_id_);
  EXPECT_EQ(parsed.model, model_);
  EXPECT_TRUE(std::ranges::equal(parsed.key.coefficients(), client_.secret_key.coefficients()));
  EXPECT_TRUE(std::ranges::equal(parsed.key.residues(), client_.secret_key.residues()));
}

TEST_F(SecretKeyFileTest, TakesTwoBitsACoefficient) {
  EXPECT_EQ(wire().size(), kEnvelopeHeaderBytes + 16 + 32 + client_.params.n() / 4 + 32);
}

TEST_F(SecretKeyFileTest, FailsIfCutShortFlippedOrOfOtherParameters) {
  const auto good = wire();
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(parse_secret_key(client_.params, std::span(good).first(size)).ok()) << size;
    auto flipped = good;
    flipped[size] ^= std::byte{1};
    EXPECT_FALSE(parse_secret_key(client_.params, flipped).ok()) << size;
  }
  const ToyClient other({.log_n = 10, .chain_primes = 5, .special_primes = 2});
  const auto elsewhere = parse_secret_key(other.params, good);
  ASSERT_FALSE(elsewhere.ok());
  EXPECT_EQ(elsewhere.failure().code, ErrorCode::kFingerprintMismatch);
}

TEST_F(SecretKeyFileTest, FailsIfACoefficientIsNotTernaryAndDoesNotTellWhich) {
  auto wire_bytes = wire();
  wire_bytes[kEnvelopeHeaderBytes + 48 + 5] = std::byte{0xff};
  const auto content = std::span(wire_bytes).first(wire_bytes.size() - 32);
  std::ranges::copy(sha256(content), wire_bytes.end() - 32);
  const auto result = parse_secret_key(client_.params, wire_bytes);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.failure().code, ErrorCode::kMalformed);
}

TEST(SecretKey, IsTernaryAndDiffersFromSeedToSeed) {
  const ToyClient a(testing::kToy, 1), b(testing::kToy, 2);
  std::array<int, 3> counts{};
  for (const int c : a.secret_key.coefficients()) {
    ASSERT_LE(std::abs(c), 1);
    ++counts[static_cast<std::size_t>(c + 1)];
  }
  for (const int count : counts) EXPECT_GT(count, 256);
  EXPECT_FALSE(std::ranges::equal(a.secret_key.coefficients(), b.secret_key.coefficients()));
}

TEST(SecretKey, FailsIfOfAnotherRing) {
  const ToyClient client;
  EXPECT_THROW(SecretKey(client.params, SecureVector<std::int8_t>(512)), Error);
}

TEST(Decryptor, FailsIfCiphertextIsOfAnotherRing) {
  ToyClient small, large({.log_n = 11, .chain_primes = 4, .special_primes = 2});
  const auto ct = large.encrypt(large.random_values(), Level{1});
  EXPECT_THROW((void)small.decryptor.decrypt(ct), Error);
  EXPECT_THROW((void)small.decryptor.decrypt(Ciphertext{}), Error);
}

TEST(KeyGenerator, MakesOneKeyPerDistinctRotationAtItsHighestLevel) {
  ToyClient client;
  const auto slots = static_cast<std::int32_t>(client.params.slots());
  const std::vector<RotationRequest> requests = {
      {{3}, Level{1}}, {{3}, Level{2}}, {{3 - slots}, Level{0}}, {{0}, Level{3}}, {{-1}, Level{0}}};
  const auto keys = client.generator.galois_keys(requests);
  EXPECT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys.find(to_galois_element({3}, client.params.n()))->key.level.value, 2U);
  EXPECT_EQ(keys.find(to_galois_element({-1}, client.params.n()))->key.level.value, 0U);
  EXPECT_EQ(keys.find({1}), nullptr);
}

TEST(KeyGenerator, FailsIfLevelIsAboveTheChain) {
  ToyClient client;
  EXPECT_THROW((void)client.generator.relinearization_key(Level{4}), Error);
  EXPECT_THROW((void)client.generator.galois_key({5}, Level{4}), Error);
}

TEST(KeyGenerator, NeverUsesASeedTwice) {
  ToyClient client;
  const auto a = client.generator.galois_key({5}, Level{1});
  const auto b = client.generator.galois_key({5}, Level{1});
  EXPECT_NE(a.seed, b.seed);
}

}  // namespace
}  // namespace veilray::ckks
