#include "graph/architectures/random_weights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>

#include "graph/graphs_testing.h"
#include "graph/interpret.h"

namespace veilray::graph {
namespace {

/// About standard normal: the sum of twelve uniforms, other numbers than random_weights draws.
Tensor fresh_latent(testing_graphs::Draw& draw, const Shape& shape) {
  Tensor latent = Tensor::zeros(shape);
  for (float& value : latent.data) {
    for (int i = 0; i < 12; ++i) value += draw.uniform(0.5);
  }
  return latent;
}

struct Moments {
  double sum = 0, squares = 0, count = 0;
  void add(double value) { sum += value, squares += value * value, count += 1; }
  double mean() const { return sum / count; }
  double deviation() const { return std::sqrt(squares / count - mean() * mean()); }
};

/// A network and the values of every node for 32 fresh latents.
struct Sample {
  Graph graph;
  std::vector<std::vector<Tensor>> values;
};

Sample make_sample(const ArchitectureSpec& spec) {
  Sample sample{build(spec, random_weights(spec, 42).value()).value(), {}};
  testing_graphs::Draw draw(43);
  for (int i = 0; i < 32; ++i) {
    const Tensor latent = fresh_latent(draw, sample.graph.input_shape());
    sample.values.push_back(run_all(sample.graph, latent));
  }
  return sample;
}

class RandomWeights : public testing::TestWithParam<ArchitectureSpec> {
 protected:
  /// Made once for all tests of a network: it is most of their time.
  static const Sample& sample() {
    static std::map<std::string, Sample> samples;
    const auto& spec = GetParam();
    const auto key = spec.name + spec.attention + std::to_string(spec.size);
    const auto found = samples.find(key);
    if (found != samples.end()) return found->second;
    return samples.emplace(key, make_sample(spec)).first->second;
  }
  const Graph& graph = sample().graph;
  const std::vector<std::vector<Tensor>>& values = sample().values;
};

INSTANTIATE_TEST_SUITE_P(Networks, RandomWeights,
                         testing::Values(ArchitectureSpec{"hefnet", "none", 4, 32},
                                         ArchitectureSpec{"hefnet", "se", 8, 16},
                                         ArchitectureSpec{"lenet", "cbam", 4, 32},
                                         ArchitectureSpec{"vgg5", "none", 4, 32},
                                         ArchitectureSpec{"resnet20", "cbam", 8, 16}));

TEST_P(RandomWeights, GiveLogitsThatReallyDiffer) {
  for (std::size_t logit = 0; logit < 14; ++logit) {
    Moments moments;
    for (const auto& all : values) moments.add(all[graph.output.value].data[logit]);
    EXPECT_GT(moments.deviation(), 1) << "logit " << logit;
    EXPECT_LT(moments.deviation(), 3) << "logit " << logit;
    EXPECT_NEAR(moments.mean(), 0, 2) << "logit " << logit;
  }
}

TEST_P(RandomWeights, GivePreActivationsOfMeanZeroAndVarianceOne) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const bool is_norm = std::holds_alternative<BatchNorm>(node.op);
    const auto* conv = std::get_if<Conv2d>(&node.op);
    const bool normed = conv && std::holds_alternative<BatchNorm>(graph.nodes[i + 1].op);
    if (!is_norm && (conv == nullptr || normed)) continue;
    Moments moments;
    for (const auto& all : values) {
      for (const float value : all[i].data) moments.add(value);
    }
    if (conv && conv->bias.empty()) {
      EXPECT_NEAR(moments.deviation(), 1, 0.5) << node.name << ", channels of many means";
      continue;
    }
    EXPECT_NEAR(moments.mean(), 0, 0.1) << graph.nodes[i].name;
    EXPECT_NEAR(moments.deviation(), 1, 0.1) << graph.nodes[i].name;
  }
}

TEST_P(RandomWeights, ShareOneActivationNearTheStatedOne) {
  std::optional<std::vector<double>> shared;
  for (const Node& node : graph.nodes) {
    const auto* activation = std::get_if<Polynomial>(&node.op);
    if (activation == nullptr || node.name.find("relu") == std::string::npos) continue;
    if (!shared) shared = activation->coefficients;
    EXPECT_EQ(activation->coefficients, *shared);
  }
  ASSERT_TRUE(shared);
  EXPECT_NEAR((*shared)[2], 0.1, 0.03);
  EXPECT_NEAR((*shared)[1], 0.5, 0.1);
}

TEST(RandomWeightsOfASeed, AreAlwaysTheSameAndDifferBetweenSeeds) {
  const ArchitectureSpec spec{.in_channels = 2, .size = 16};
  const auto one = random_weights(spec, 1).value().tensors;
  EXPECT_EQ(one, random_weights(spec, 1).value().tensors);
  EXPECT_NE(one.at("conv1.weight"), random_weights(spec, 2).value().tensors.at("conv1.weight"));
}

TEST(RandomWeightsOfASeed, AreTameForEveryNetwork) {
  constexpr std::uint64_t kSeed = 3;
  for (const std::string& name : available_architectures()) {
    for (const char* attention : {"none", "se", "cbam"}) {
      const ArchitectureSpec spec{name, attention, 2, name == "lenet" ? 32 : 16};
      const auto weights = random_weights(spec, kSeed);
      ASSERT_TRUE(weights.ok()) << name << " " << attention << ", seed " << kSeed;
      const Graph graph = build(spec, weights.value()).value();
      testing_graphs::Draw draw(kSeed);
      for (int i = 0; i < 4; ++i) {
        for (const float logit : run(graph, fresh_latent(draw, graph.input_shape())).data)
          EXPECT_LT(std::abs(logit), 30) << name << " " << attention << ", seed " << kSeed;
      }
    }
  }
}

TEST(RandomWeightsOfASeed, AreRefusedForWhatCannotBeBuilt) {
  EXPECT_FALSE(random_weights({.name = "alexnet"}, 1).ok());
  EXPECT_FALSE(random_weights({.size = 4}, 1).ok());
}

}  // namespace
}  // namespace veilray::graph
