#include "train/classifier_network.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/architectures/random_weights.h"
#include "graph/interpret.h"

namespace veilray::train {
namespace {

constexpr std::uint64_t kNetworkSeed = 3;
constexpr std::int64_t kNetworkLatents = 3;

std::vector<graph::ArchitectureSpec> all_networks() {
  std::vector<graph::ArchitectureSpec> specs;
  for (const auto& name : graph::available_architectures()) {
    for (const char* attention : {"none", "se", "cbam"}) {
      specs.push_back({name, attention, 2, name == "lenet" ? 32 : 16});
    }
  }
  return specs;
}

torch::Tensor network_latents(const graph::ArchitectureSpec& spec) {
  auto generator = at::detail::createCPUGenerator(kNetworkSeed);
  return torch::randn({kNetworkLatents, spec.in_channels, spec.size, spec.size}, generator);
}

std::string describe_network(const graph::ArchitectureSpec& spec) {
  return spec.name + " " + spec.attention + ", seed " + std::to_string(kNetworkSeed);
}

TEST(ClassifierNetwork, GivesTheInterpretersLogitsAndRangesForEveryNetwork) {
  const torch::NoGradGuard no_grad;
  for (const auto& spec : all_networks()) {
    SCOPED_TRACE(describe_network(spec));
    const auto weights = graph::random_weights(spec, kNetworkSeed).value();
    const auto network = ClassifierNetwork::create(spec, weights, torch::kCPU).value();
    const auto latents = network_latents(spec);
    const auto pass = network.run(latents, std::nullopt);
    const auto graph = graph::build(spec, weights).value();
    for (std::int64_t i = 0; i < kNetworkLatents; ++i) {
      const auto want = graph::run(graph, to_array(latents[i]));
      for (std::int64_t k = 0; k < 14; ++k) {
        EXPECT_NEAR(pass.logits[i][k].item<double>(), want.data[static_cast<std::size_t>(k)], 1e-3);
      }
    }
    std::size_t next = 0;
    for (const auto& node : graph.nodes) {
      if (!std::holds_alternative<graph::Polynomial>(node.op)) continue;
      ASSERT_LT(next, pass.ranges.size());
      EXPECT_EQ(pass.ranges[next++].name, node.name);
    }
    EXPECT_EQ(next, pass.ranges.size());
  }
}

TEST(ClassifierNetwork, LearnsEveryTensorOfEveryNetwork) {
  for (const auto& spec : all_networks()) {
    SCOPED_TRACE(describe_network(spec));
    const auto weights = initial_weights(spec, {}, {1.0, {0.5, -0.5}}, kNetworkSeed).value();
    auto network = ClassifierNetwork::create(spec, weights, torch::kCPU).value();
    const auto trained = network.trained();
    std::vector<torch::Tensor> all;
    EXPECT_EQ(trained.last_weights.size(), 1U);
    for (const auto& group :
         {trained.weights, trained.last_weights, trained.biases, trained.activations}) {
      for (const auto& values : group) all.push_back(values.set_requires_grad(true));
    }
    const auto pass = network.run(network_latents(spec), ClassifierNetwork::Training{.range = 1.0});
    EXPECT_EQ(pass.logits.sizes(), (std::vector<std::int64_t>{kNetworkLatents, 2}));
    (pass.logits.square().sum() + pass.penalty).backward();
    for (const auto& values : all) EXPECT_TRUE(values.grad().defined());
  }
}

TEST(ClassifierNetwork, AppliesTheTensorsThatTwoNodesShareInBoth) {
  const torch::NoGradGuard no_grad;
  const graph::ArchitectureSpec spec{"hefnet", "cbam", 2, 16};
  auto weights = graph::random_weights(spec, kNetworkSeed).value();
  const auto latents = network_latents(spec);
  const auto logits = [&] {
    return ClassifierNetwork::create(spec, weights, torch::kCPU)
        .value()
        .run(latents, std::nullopt)
        .logits;
  };
  // With a zero network and a constant sigmoid of 1 the gate is open, whatever it sees.
  for (auto& [name, tensor] : weights.tensors) {
    if (name.starts_with("attn.")) std::fill(tensor.data.begin(), tensor.data.end(), 0.0F);
  }
  weights.tensors.at("attn.ChannelGate.sigmoid.c").data = {1.0F};
  const auto open = logits();
  // The bias of the last layer comes twice: once for the means, once for the squares.
  weights.tensors.at("attn.ChannelGate.sigmoid.beta").data = {1.0F};
  auto& bias = weights.tensors.at("attn.ChannelGate.mlp.3.bias").data;
  std::fill(bias.begin(), bias.end(), 0.5F);
  weights.tensors.at("attn.ChannelGate.sigmoid.c").data = {0.0F};
  EXPECT_TRUE(at::allclose(logits(), open, 1e-4, 1e-4));
}

TEST(ClassifierNetwork, BeginsWithTrainedWeightsButForTheLastLayer) {
  const graph::ArchitectureSpec spec{"vgg5", "none", 2, 16};
  const auto trained = graph::random_weights(spec, kNetworkSeed).value();
  const auto begun = initial_weights(spec, {}, {1.0, {0.5, -0.5}, &trained}, 1).value();
  const auto random = initial_weights(spec, {}, {1.0, {0.5, -0.5}}, 1).value();
  for (const auto& [name, values] : begun.tensors) {
    const auto& from = name.starts_with("linear1") ? random : trained;
    EXPECT_EQ(values, from.tensors.at(name)) << name;
  }
  const graph::ArchitectureSpec attentive{"vgg5", "se", 2, 16};
  const auto more = initial_weights(attentive, {}, {1.0, {0.5}, &trained}, 1).value();
  EXPECT_EQ(more.tensors.at("conv2.weight"), trained.tensors.at("conv2.weight"));
  EXPECT_TRUE(more.tensors.contains("attn.linear1.weight"));
  const auto failure = initial_weights({"hefnet", "none", 2, 16}, {}, {1.0, {0.5}, &trained}, 1);
  ASSERT_FALSE(failure.ok());
  EXPECT_THAT(failure.failure().line(), testing::HasSubstr("another network's"));
}

TEST(ClassifierNetwork, FailsForANetworkThatIsNotThere) {
  EXPECT_FALSE(ClassifierNetwork::create({.name = "alexnet"}, {}, torch::kCPU).ok());
  EXPECT_FALSE(initial_weights({.attention = "eye"}, {}, {}, 1).ok());
}

}  // namespace
}  // namespace veilray::train
