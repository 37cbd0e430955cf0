// Small networks of every kind of layer, on ciphertexts at N = 2^13.
#include <gtest/gtest.h>

#include "ckks/secret/toy_client.h"
#include "ckks/wire.h"
#include "graph/print.h"
#include "plan/images.h"
#include "runtime/encrypted_backend.h"
#include "runtime/execute.h"
#include "tests/encrypted/parties.h"

namespace veilray::testing {
namespace {

using plan::testing_networks::Draw;
using plan::testing_networks::normal_latent;

/// Encrypted, from bytes to bytes, against the float network on a few latents.
void expect_float_logits(const graph::Graph& network, std::uint64_t seed) {
  const auto model = compiled(network);
  Server server(model, 2);
  Client client(model.kit, seed);
  Draw draw(seed);
  for (int i = 0; i < 3; ++i) {
    const auto latent = normal_latent(draw, network.input_shape());
    const auto answer = server.answer(client.evaluation_key, client.request(latent));
    ASSERT_TRUE(answer.ok()) << answer.failure().line();
    const auto logits = client.talk.decrypt(answer.value());
    ASSERT_TRUE(logits.ok()) << logits.failure().line();
    EXPECT_LT(largest_difference(logits.value(), graph::run(network, latent)),
              model.model.plan.precision)
        << "seed " << seed << "\n"
        << graph::to_text(network);
  }
}

TEST(EncryptedNetwork, GivesTheFloatNetworksLogitsForRandomNetworks) {
  for (std::uint64_t seed = 0; seed < 10; ++seed)
    expect_float_logits(plan::testing_networks::random_small_network(seed), seed);
}

TEST(EncryptedNetwork, GivesTheLogitsOfSeveralImagesOutOfOneCiphertext) {
  const std::uint32_t count = 4;
  for (const auto& network : {plan::testing_networks::random_small_network(2),
                              plan::testing_networks::attentive_network(3, true)}) {
    const auto model = compiled(network, 1, 1e-3, count);
    Server server(model, 2);
    Client client(model.kit, 2);
    Draw draw(2);
    for (const std::size_t images : {1U, 3U}) {
      std::vector<tensor::Tensor> latents;
      for (std::size_t image = 0; image < images; ++image)
        latents.push_back(normal_latent(draw, network.input_shape()));
      const auto request =
          client.talk.encrypt(latents, client.secret_rng, client.public_rng).value();
      const auto answer = server.answer(client.evaluation_key, request);
      ASSERT_TRUE(answer.ok()) << answer.failure().line();
      const auto logits = client.talk.decrypt(answer.value()).value();
      for (std::size_t image = 0; image < images; ++image) {
        const auto own = plan::of_image(logits, image, model.kit.outputs);
        EXPECT_LT(largest_difference({own.begin(), own.end()}, graph::run(network, latents[image])),
                  model.model.plan.precision)
            << "image " << image << " of " << images << "\n"
            << graph::to_text(network);
      }
    }
  }
}

TEST(EncryptedNetwork, MayBeOneDenseLayer) {
  Draw draw(3);
  graph::GraphBuilder builder("dense", {2, 4, 4});
  builder.add("flatten", graph::Flatten{});
  builder.add("linear", plan::testing_networks::tame_linear(draw, 32, 7));
  expect_float_logits(std::move(builder).finish().value(), 3);
}

TEST(EncryptedNetwork, MayPoolAndConvolveWithPaddingAndStride) {
  Draw draw(4);
  graph::GraphBuilder builder("padded", {3, 9, 9});
  auto conv = plan::testing_networks::tame_convolution(draw, 3, 4, 1, 3);
  conv.padding = {1, 2, 0, 1};
  conv.stride = 2;
  builder.add("conv1", conv);
  builder.add("act1", graph::Polynomial{{0.2, -0.5, -0.3}});
  const auto pool = builder.add("pool1", graph::AveragePool{2, 1});  // overlaps
  const auto features = static_cast<std::int64_t>(tensor::element_count(builder.shape(pool)));
  builder.add("flatten", graph::Flatten{});
  builder.add("linear", plan::testing_networks::tame_linear(draw, features, 5));
  expect_float_logits(plan::testing_networks::fused(std::move(builder)), 4);
}

TEST(EncryptedNetwork, MayTakeMeansThatLeaveTheirPaddingOut) {
  Draw draw(6);
  graph::GraphBuilder builder("means", {2, 7, 7});
  builder.add("conv1", plan::testing_networks::tame_convolution(draw, 2, 4, 1, 2));  // [4, 6, 6]
  builder.add("act1", graph::Polynomial{{0.2, -0.5, -0.3}});
  graph::Conv2d mean{.weight = {{4, 1, 3, 3}, std::vector<float>(36, 1.0F / 9)},
                     .groups = 4,
                     .padding = {1, 1, 1, 1}};
  mean.row_factors = mean.column_factors = {1.5F, 1, 1, 1, 1, 1.5F};
  builder.add("mean", mean);
  builder.add("act2", graph::Polynomial{{0.1, 0.4, 0.2}});
  builder.add("flatten", graph::Flatten{});
  builder.add("linear", plan::testing_networks::tame_linear(draw, 144, 3));
  expect_float_logits(plan::testing_networks::fused(std::move(builder)), 6);
}

TEST(EncryptedNetwork, MayHaveResidualSums) {
  for (std::uint64_t seed = 0; seed < 3; ++seed)
    expect_float_logits(plan::testing_networks::residual_network(seed), seed);
}

TEST(EncryptedNetwork, MayHaveAGateMadeOfMeansAndOfSquares) {
  for (const bool on_squares : {false, true})
    expect_float_logits(plan::testing_networks::attentive_network(5, on_squares), 5);
}

TEST(EncryptedNetwork, MayHaveAGateBesideActivationsThatDoNotBendOrBendDown) {
  // Seed 5: the activation comes before the gate; 6: after it.
  for (const std::uint64_t seed : {5U, 6U}) {
    for (const double alpha : {0.0, -0.1})
      expect_float_logits(plan::testing_networks::attentive_network(seed, true, alpha), seed);
  }
}

/// The ciphertexts that a program computes from parsed request parts, before they are sanitised.
/// `budget`: of EncodedConstants.
std::vector<ckks::Ciphertext> computed(
    const plan::LoadedModel& model, const ckks::EvaluationKeyBundle& keys,
    const std::vector<ckks::Ciphertext>& inputs, std::size_t threads,
    std::uint64_t budget = runtime::EncodedConstants::kUnlimited) {
  ThreadPool pool(threads);
  SilentProgress silent;
  const ckks::Encoder encoder(model.params);
  const runtime::EncodedConstants constants(model.program, encoder, pool, silent, budget);
  ckks::Team team(pool);
  runtime::EncryptedBackend backend(model.params, constants, keys.relinearization, keys.galois,
                                    team);
  std::vector<runtime::EncryptedBackend::Value> values(inputs.begin(), inputs.end());
  std::vector<ckks::Ciphertext> outputs;
  for (auto& value : runtime::execute(model.program, runtime::schedule(model.program), backend,
                                      std::move(values), pool))
    outputs.push_back(std::get<ckks::Ciphertext>(std::move(value)));
  return outputs;
}

TEST(EncryptedNetwork, GivesTheSameBitsOnAnyNumberOfThreadsAndWhereWeightsAreTransformedAtEachUse) {
  for (std::uint64_t seed = 1; seed < 3; ++seed) {
    const auto model = compiled(plan::testing_networks::random_small_network(seed));
    Client client(model.kit, seed);
    Draw draw(seed);
    const auto request = client.request(normal_latent(draw, model.kit.input.shape()));
    std::vector<ckks::Ciphertext> inputs;
    const auto parts = plan::split_message(request, model.program.inputs).value();
    for (const auto part : parts)
      inputs.push_back(
          ckks::parse_ciphertext(model.params, {client.file.client_id, client.file.model}, part)
              .value());
    const auto alone = computed(model, client.keys.evaluation, inputs, 1);
    ASSERT_FALSE(alone.empty());
    for (const std::size_t threads : {2U, 5U})
      for (const std::uint64_t budget : {runtime::EncodedConstants::kUnlimited, std::uint64_t{0}}) {
        const auto together = computed(model, client.keys.evaluation, inputs, threads, budget);
        ASSERT_EQ(together.size(), alone.size());
        for (std::size_t i = 0; i < alone.size(); ++i)
          EXPECT_TRUE(ckks::testing::same_bits(together[i], alone[i]))
              << threads << " threads, seed " << seed;
      }
  }
}

TEST(EncryptedNetwork, IsFloodedSoThatItShowsAndStaysWithinTheBudget) {
  const auto model = compiled(plan::testing_networks::tiny_network());
  ASSERT_GT(model.model.plan.flood_bits, 0U);
  auto unflooded = model.model;
  unflooded.plan.flood_bits = 0;
  const auto quiet = plan::assemble(std::move(unflooded)).value();
  ASSERT_EQ(quiet.kit.fingerprint(), model.kit.fingerprint()) << "same keys serve both";
  Server server(model, 1), quiet_server(quiet, 1);
  Client client(model.kit);
  Draw draw(8);
  double flooding = 0;
  for (int i = 0; i < 4; ++i) {
    const auto request = client.request(normal_latent(draw, model.kit.input.shape()));
    const auto with = client.talk.decrypt(server.answer(client.evaluation_key, request).value());
    const auto without =
        client.talk.decrypt(quiet_server.answer(client.evaluation_key, request).value());
    for (std::size_t j = 0; j < with.value().size(); ++j)
      flooding = std::max(flooding, std::abs(with.value()[j] - without.value()[j]));
  }
  // flood_bits_within promises a quarter of the precision but with probability 2^-40; uniform noise
  // of that size is felt.
  EXPECT_LT(flooding, model.model.plan.precision / 4);
  EXPECT_GT(flooding, model.model.plan.precision / 400);
}

}  // namespace
}  // namespace veilray::testing
