#include "client/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>

#include "ckks/wire.h"
#include "client/keys.h"
#include "client/kits_testing.h"

namespace veilray::client {
namespace {

using ::testing::HasSubstr;
using testing_kits::small_kit;

class Request : public ::testing::Test {
 protected:
  plan::ClientKit kit = small_kit();
  ckks::Params params = ckks::Params::create(kit.params).value();
  SeededRng secret_rng{1}, public_rng{2};
  ckks::SecretKeyFile file = make_file(1);
  Client client{params, kit, file};
  tensor::Tensor latent{{5, 1, 1}, {0.5F, -2.0F, 3.25F, 0.0F, 100.0F}};

  ckks::SecretKeyFile make_file(std::uint8_t id) {
    ckks::ClientId client_id{};
    client_id.fill(std::byte{id});
    return {client_id, kit.fingerprint(), ckks::SecretKey(params, secret_rng)};
  }
  Result<plan::Bytes> encrypt(const tensor::Tensor& input) {
    return client.encrypt(input, secret_rng, public_rng);
  }
  /// What a server would send whose network gave its input back.
  plan::Bytes answer(const plan::Bytes& request, std::optional<ckks::Scale> scale = {}) const {
    const ckks::CiphertextOwner owner{file.client_id, kit.fingerprint()};
    const auto parts = plan::split_message(request, 1).value();
    const auto ct = ckks::parse_ciphertext(params, owner, parts[0]).value();
    const ckks::Ciphertext full(ct.part(0), ct.part(1), scale.value_or(ct.scale()));
    return plan::join_message(std::vector<plan::Bytes>{ckks::serialize(params, owner, full)});
  }
};

TEST_F(Request, DecryptsToTheLatentItWasMadeOf) {
  // The kit's input layout is that of an answer.
  const auto request = encrypt(latent);
  ASSERT_TRUE(request.ok()) << request.failure().line();
  const auto logits = client.decrypt(answer(request.value()));
  ASSERT_TRUE(logits.ok()) << logits.failure().line();
  ASSERT_EQ(logits.value().size(), 5U);
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_NEAR(logits.value()[i], static_cast<double>(latent.data[i]), 1e-5);
}

TEST_F(Request, IsEncryptedForThisClientAndModelAtTheTopLevelAndTheKitsScale) {
  const auto request = encrypt(latent).value();
  const auto parts = plan::split_message(request, 1).value();
  const auto ct = ckks::parse_ciphertext(params, {file.client_id, kit.fingerprint()}, parts[0]);
  ASSERT_TRUE(ct.ok()) << ct.failure().line();
  EXPECT_EQ(ct.value().level(), params.max_level());
  EXPECT_EQ(ct.value().scale().value, kit.input_scale);
}

TEST_F(Request, DiffersEachTime) { EXPECT_NE(encrypt(latent).value(), encrypt(latent).value()); }

TEST_F(Request, CarriesSeveralImagesAndZerosForThoseThatAreMissing) {
  kit.images = 2;
  kit.input = plan::Layout::parse("10x1x1: c0 c1 c2 c3 = = = = = = = = |").value();
  file.model = kit.fingerprint();
  const auto other = tensor::Tensor{{5, 1, 1}, {1, 2, 3, 4, 5}};
  for (const std::size_t count : {1U, 2U}) {
    std::vector<tensor::Tensor> latents{latent, other};
    latents.resize(count);
    const auto request = client.encrypt(latents, secret_rng, public_rng);
    ASSERT_TRUE(request.ok()) << request.failure().line();
    const auto logits = client.decrypt(answer(request.value()));
    ASSERT_TRUE(logits.ok()) << logits.failure().line();
    ASSERT_EQ(logits.value().size(), 10U);
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_NEAR(logits.value()[i], static_cast<double>(latent.data[i]), 1e-5);
      EXPECT_NEAR(logits.value()[5 + i], count == 2 ? static_cast<double>(other.data[i]) : 0, 1e-5);
    }
  }
}

TEST_F(Request, RefusesMoreImagesThanOneCarriesAndNone) {
  for (const std::size_t count : {0U, 2U}) {
    const std::vector<tensor::Tensor> latents(count, latent);
    const auto request = client.encrypt(latents, secret_rng, public_rng);
    ASSERT_FALSE(request.ok());
    EXPECT_EQ(request.failure().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(request.failure().line(), HasSubstr("carries 1"));
  }
}

TEST_F(Request, MayHaveABatchAxisOfOne) {
  auto batched = latent;
  batched.shape = {1, 5, 1, 1};
  EXPECT_TRUE(encrypt(batched).ok());
  EXPECT_EQ(check_latent(kit, batched).value(), latent);
}

TEST_F(Request, FailsIfTheLatentHasAnotherShape) {
  for (const tensor::Shape& shape : std::vector<tensor::Shape>{
           {5}, {5, 1}, {1, 5, 1}, {5, 1, 2}, {2, 5, 1, 1}, {1, 1, 5, 1, 1}, {}}) {
    const auto request = encrypt(tensor::Tensor::zeros(shape));
    ASSERT_FALSE(request.ok());
    EXPECT_EQ(request.failure().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(request.failure().line(), HasSubstr("the model expects 5x1x1"));
  }
}

TEST_F(Request, FailsIfAValueIsNotFiniteOrTooLarge) {
  for (const float bad : {NAN, INFINITY, -INFINITY, 1001.0F, -1e30F}) {
    auto spoilt = latent;
    spoilt.data[3] = bad;
    const auto request = encrypt(spoilt);
    ASSERT_FALSE(request.ok()) << bad;
    EXPECT_EQ(request.failure().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(request.failure().line(), HasSubstr("not finite, or too large"));
  }
  auto largest = latent;
  largest.data[3] = -1000.0F;
  EXPECT_TRUE(encrypt(largest).ok());
}

TEST_F(Request, AnswersAreRefusedIfTheyAreGarbageOrSomebodyElses) {
  const auto request = encrypt(latent).value();
  auto cut = request, damaged = request;
  cut.resize(cut.size() - 1);
  damaged[damaged.size() / 2] ^= std::byte{4};
  const std::vector<plan::Bytes> two(2, plan::Bytes(3));
  for (const auto& bytes : {cut, damaged, plan::Bytes{}, plan::join_message(two)}) {
    const auto logits = client.decrypt(bytes);
    ASSERT_FALSE(logits.ok());
    EXPECT_EQ(logits.failure().code, ErrorCode::kMalformed);
  }
  const auto other_file = make_file(9);
  const Client other(params, kit, other_file);
  const auto logits = other.decrypt(request);
  ASSERT_FALSE(logits.ok());
  EXPECT_EQ(logits.failure().code, ErrorCode::kFingerprintMismatch);
}

TEST_F(Request, IsNotReadAsItsOwnAnswer) {
  const auto logits = client.decrypt(encrypt(latent).value());
  ASSERT_FALSE(logits.ok());
  EXPECT_THAT(logits.failure().line(), HasSubstr("a request, where an answer belongs"));
}

TEST_F(Request, AnswersAreRefusedIfTheirScaleLeavesNoNumbers) {
  const auto request = encrypt(latent).value();
  const auto logits = client.decrypt(answer(request, ckks::Scale{1e-300}));
  ASSERT_FALSE(logits.ok());
  EXPECT_EQ(logits.failure().code, ErrorCode::kMalformed);
  EXPECT_THAT(logits.failure().line(), HasSubstr("not finite"));
}

}  // namespace
}  // namespace veilray::client
