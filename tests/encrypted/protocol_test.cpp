// What a server refuses, and what an answer gives away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "ckks/secret/key_generator.h"
#include "runtime/incoming.h"
#include "tests/encrypted/parties.h"

namespace veilray::testing {
namespace {

using plan::testing_networks::Draw;
using plan::testing_networks::normal_latent;
using ::testing::HasSubstr;

/// Two models of one shape, a server each, a client each and a second client of the first: made
/// once, they are dear.
struct World {
  plan::LoadedModel model = compiled(plan::testing_networks::tiny_network(), 1);
  plan::LoadedModel twin = compiled(plan::testing_networks::tiny_network(), 2);
  Server server{model, 1};
  Client client{model.kit, 1}, stranger{model.kit, 2}, twin_client{twin.kit, 3};
  tensor::Tensor latent = make_latent(model.kit.input.shape());
  plan::Bytes request = client.request(latent);

  static tensor::Tensor make_latent(const tensor::Shape& shape) {
    Draw draw(5);
    return normal_latent(draw, shape);
  }
};
World& world() {
  static World made;
  return made;
}

/// One line that says what, where and how to mend.
template <class T>
void expect_failure(const Result<T>& answer, ErrorCode code, const std::string& what) {
  ASSERT_FALSE(answer.ok()) << what;
  EXPECT_EQ(answer.failure().code, code) << answer.failure().line();
  EXPECT_THAT(answer.failure().line(), HasSubstr(what));
  EXPECT_THAT(answer.failure().line(), ::testing::Not(HasSubstr("\n")));
  EXPECT_FALSE(answer.failure().where.empty());
  EXPECT_FALSE(answer.failure().mend.empty());
}

TEST(Server, AnswersItsClients) {
  World& w = world();
  const auto answer = w.server.answer(w.client.evaluation_key, w.request);
  ASSERT_TRUE(answer.ok()) << answer.failure().line();
  EXPECT_LT(largest_difference(w.client.talk.decrypt(answer.value()).value(),
                               graph::run(w.model.model.network, w.latent)),
            w.model.model.plan.precision);
}

TEST(Server, GivesTwoAnswersToOneRequestThatShareNoCiphertextBits) {
  World& w = world();
  const auto one = w.server.answer(w.client.evaluation_key, w.request).value();
  const auto two = w.server.answer(w.client.evaluation_key, w.request).value();
  ASSERT_EQ(one.size(), two.size());
  std::size_t equal = 0;
  for (std::size_t i = 0; i < one.size(); ++i) equal += one[i] == two[i] ? 1 : 0;
  // Random bytes agree in one of 256 places; headers are equal.
  EXPECT_LT(static_cast<double>(equal), 0.01 * static_cast<double>(one.size()));
}

TEST(Client, NeverSendsTheSameBytesTwice) {
  World& w = world();
  const auto again = w.client.request(w.latent);
  ASSERT_EQ(again.size(), w.request.size());
  std::size_t equal = 0;
  for (std::size_t i = 0; i < again.size(); ++i) equal += again[i] == w.request[i] ? 1 : 0;
  EXPECT_LT(static_cast<double>(equal), 0.01 * static_cast<double>(again.size()));
}

TEST(Server, RefusesKeysOfAnotherModel) {
  World& w = world();
  expect_failure(w.server.answer(w.twin_client.evaluation_key, w.request),
                 ErrorCode::kFingerprintMismatch, "model");
  expect_failure(w.server.inference.answer(w.request, w.twin_client.keys.evaluation, w.server.rng),
                 ErrorCode::kFingerprintMismatch, "made for another model");
}

TEST(Server, RefusesKeysThatLackARotationOrRelinearisation) {
  World& w = world();
  const auto& full = w.client.keys.evaluation;
  const auto last = w.model.kit.rotations.back().step;
  const auto last_element =
      ckks::to_galois_element({static_cast<std::int32_t>(last)}, w.model.params.n());
  ckks::EvaluationKeyBundle fewer{
      full.client_id, full.model, full.relinearization, {}, full.public_key};
  for (const auto& [element, key] : full.galois.all())
    if (element != last_element) fewer.galois.add(element, key.key);
  ASSERT_EQ(fewer.galois.size() + 1, full.galois.size());
  const auto bytes = ckks::serialize(w.model.params, fewer);
  const std::string what = "lack the rotation by " + std::to_string(last);
  expect_failure(w.server.answer(bytes, w.request), ErrorCode::kMissingKey, what);
  expect_failure(w.server.inference.answer(w.request, fewer, w.server.rng), ErrorCode::kMissingKey,
                 what);

  auto low = full;
  SeededRng secret(1), open(2);
  ckks::KeyGenerator generator(w.client.params, w.client.file.key, secret, open);
  low.relinearization = generator.relinearization_key({0});
  expect_failure(w.server.answer(ckks::serialize(w.model.params, low), w.request),
                 ErrorCode::kMissingKey, "lack relinearisation");
}

TEST(Server, RefusesKeysThatAreCutShortOrGarbage) {
  World& w = world();
  auto keys = w.client.evaluation_key;
  keys.resize(keys.size() / 2);
  EXPECT_FALSE(w.server.answer(keys, w.request).ok());
  EXPECT_FALSE(w.server.answer({}, w.request).ok());
  EXPECT_FALSE(w.server.answer(plan::Bytes(1000, std::byte{7}), w.request).ok());
  keys = w.client.evaluation_key;
  keys[keys.size() / 2] ^= std::byte{1};
  expect_failure(w.server.answer(keys, w.request), ErrorCode::kMalformed, "checksum");
}

TEST(Server, RefusesCiphertextsOfAnotherClientOrModel) {
  World& w = world();
  expect_failure(w.server.answer(w.client.evaluation_key, w.stranger.request(w.latent)),
                 ErrorCode::kFingerprintMismatch, "client");
  expect_failure(w.server.answer(w.client.evaluation_key, w.twin_client.request(w.latent)),
                 ErrorCode::kFingerprintMismatch, "");
}

TEST(Server, RefusesRequestsThatAreCutShortOrGarbage) {
  World& w = world();
  const auto& keys = w.client.evaluation_key;
  for (const std::size_t length : {std::size_t{0}, std::size_t{5}, std::size_t{11}, std::size_t{19},
                                   std::size_t{100}, w.request.size() - 1}) {
    const auto cut = std::span(w.request).first(length);
    expect_failure(w.server.answer(keys, cut), ErrorCode::kMalformed, "");
  }
  expect_failure(w.server.answer(keys, plan::Bytes(1000, std::byte{7})), ErrorCode::kMalformed,
                 "not a Veilray ciphertext file");
  auto damaged = w.request;
  damaged[damaged.size() / 2] ^= std::byte{1};
  expect_failure(w.server.answer(keys, damaged), ErrorCode::kMalformed, "checksum");
  const std::vector<plan::Bytes> twice(2, plan::Bytes(3));
  expect_failure(w.server.answer(keys, plan::join_message(twice)), ErrorCode::kMalformed,
                 "holds 2 ciphertexts where the model expects 1");
}

TEST(Server, RefusesDamagedAndForeignRequestsBeforeItEncodesAnyWeight) {
  World& w = world();
  const auto& keys = w.client.keys.evaluation;
  EXPECT_TRUE(runtime::parse_request(w.model, keys, w.request).ok());
  auto damaged = w.request;
  damaged[damaged.size() / 2] ^= std::byte{1};
  expect_failure(runtime::parse_request(w.model, keys, damaged), ErrorCode::kMalformed, "checksum");
  expect_failure(runtime::parse_request(w.model, keys, {}), ErrorCode::kMalformed, "");
  expect_failure(runtime::parse_request(w.twin, keys, w.request), ErrorCode::kFingerprintMismatch,
                 "");
}

TEST(Server, RefusesItsOwnAnswerAsARequest) {
  World& w = world();
  const auto answer = w.server.answer(w.client.evaluation_key, w.request).value();
  expect_failure(w.server.answer(w.client.evaluation_key, answer), ErrorCode::kMalformed,
                 "is no request");
}

TEST(Client, RefusesAnswersToSomebodyElse) {
  World& w = world();
  const auto answer = w.server.answer(w.client.evaluation_key, w.request).value();
  const auto others = w.stranger.talk.decrypt(answer);
  ASSERT_FALSE(others.ok());
  EXPECT_EQ(others.failure().code, ErrorCode::kFingerprintMismatch);
}

TEST(Server, WorksFromAFolderAndTheClientFromItsKitAlone) {
  World& w = world();
  const TestFolder folder;
  ASSERT_TRUE(plan::save_model(folder / "model", w.model, {}, Overwrite::kRefuse).ok());
  const auto loaded = plan::load_model(folder / "model").value();
  const auto kit = plan::load_client_kit(folder / "model/client-kit").value();
  Server server(loaded, 1);
  Client client(kit, 11);
  const auto answer = server.answer(client.evaluation_key, client.request(w.latent)).value();
  EXPECT_LT(largest_difference(client.talk.decrypt(answer).value(),
                               graph::run(w.model.model.network, w.latent)),
            w.model.model.plan.precision);
}

}  // namespace
}  // namespace veilray::testing
