#include "graph/architectures/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "graph/architectures/networks_testing.h"
#include "graph/print.h"

namespace veilray::graph {
namespace {

using ::testing::HasSubstr;
using testing_graphs::plain_weights;
using Tensors = std::map<std::string, Tensor>;

/// What is said of hefnet's weights after `spoil`.
template <class Spoil>
std::string complaint_about(Spoil spoil) {
  const ArchitectureSpec spec;
  auto file = plain_weights(spec);
  spoil(file.tensors);
  const auto result = build(spec, file);
  return result.ok() ? "" : result.failure().line();
}

std::int64_t count_parameters(const ArchitectureSpec& spec) {
  std::int64_t count = 0;
  for (const auto& [name, shape] : expected_tensors(spec).value()) {
    const bool statistics = name.find("running_") != std::string::npos;
    if (!statistics) count += static_cast<std::int64_t>(tensor::element_count(shape));
  }
  return count;
}

TEST(Registry, HasThePublishedNumbersOfParameters) {
  // As PyTorch counts them, where a shared activation stands four times: 9 scalars too many.
  EXPECT_EQ(count_parameters({.name = "lenet"}), 230202);
  EXPECT_EQ(count_parameters({.name = "vgg5"}), 63875 + 9);
  EXPECT_EQ(count_parameters({.name = "hefnet"}), 138577 + 9);
  EXPECT_EQ(count_parameters({.name = "resnet20"}), 272908);
  EXPECT_EQ(count_parameters({.name = "hefnet", .attention = "se"}), 147056);
  EXPECT_EQ(count_parameters({.name = "hefnet", .attention = "cbam"}), 171681);
  EXPECT_EQ(count_parameters({.name = "resnet20", .attention = "se"}), 275335);
  EXPECT_EQ(count_parameters({.name = "resnet20", .attention = "cbam"}), 281455);
}

TEST(Registry, NamesTensorsAsTheCheckpointsDo) {
  const auto has = [](const ArchitectureSpec& spec, const char* name) {
    return expected_tensors(spec).value().contains(name);
  };
  EXPECT_TRUE(has({.name = "lenet"}, "relu4.beta"));
  EXPECT_FALSE(has({.name = "vgg5"}, "conv1.bias"));
  EXPECT_FALSE(has({.name = "vgg5"}, "linear1.bias"));
  EXPECT_TRUE(has({.name = "resnet20"}, "layer2.0.shortcut.1.running_var"));
  EXPECT_FALSE(has({.name = "resnet20"}, "layer1.0.shortcut.0.weight"));
  EXPECT_FALSE(has({.name = "resnet20"}, "layer1.0.conv1.bias"));
  EXPECT_TRUE(has({.name = "resnet20", .attention = "se"}, "layer3.2.attn.lelu.c"));
  EXPECT_TRUE(has({.name = "lenet", .attention = "cbam"}, "attn.ChannelGate.mlp.3.bias"));
  EXPECT_TRUE(has({.name = "lenet", .attention = "cbam"}, "attn.ChannelGate.max_pool.alpha"));
  EXPECT_FALSE(has({.name = "lenet", .attention = "cbam"}, "attn.ChannelGate.max_pool.beta"));
}

TEST(Registry, BuildsEveryNetworkForEveryFactor) {
  struct Latent {
    std::int64_t channels, size;
  };
  for (const auto& [channels, size] : {Latent{2, 128}, {3, 64}, {4, 32}, {8, 16}, {1, 256}}) {
    for (const std::string& name : available_architectures()) {
      for (const char* attention : {"none", "se", "cbam"}) {
        const ArchitectureSpec spec{name, attention, channels, size};
        SCOPED_TRACE(name + " " + attention + " " + std::to_string(size));
        if (name == "lenet" && size == 16) {
          EXPECT_FALSE(expected_tensors(spec).ok());
          continue;
        }
        const auto graph = build(spec, plain_weights(spec));
        ASSERT_TRUE(graph.ok()) << graph.failure().line();
        EXPECT_EQ(graph.value().input_shape(), (Shape{channels, size, size}));
        EXPECT_EQ(graph.value().output_shape(), Shape{14});
      }
    }
  }
}

TEST(Registry, RefusesSizesThatANetworkCannotTakeAndSaysWhichItCan) {
  const auto refusal = [](const ArchitectureSpec& spec, std::int64_t outputs = 14) {
    const auto result = expected_tensors(spec, outputs);
    return result.ok() ? "" : result.failure().line();
  };
  for (const std::int64_t size : {24, 25, 31, 64, 128})
    EXPECT_EQ(refusal({"hefnet", "none", 2, size}), "") << size;
  for (const std::int64_t size : {-1, 0, 1, 15, 17, 23, 5000})
    EXPECT_THAT(refusal({"hefnet", "none", 4, size}), HasSubstr("use size 16, or 24 and more"));
  for (const std::int64_t size : {1, 16, 31})
    EXPECT_THAT(refusal({"lenet", "none", 8, size}), HasSubstr("use size 32 or more"));
  EXPECT_EQ(refusal({"lenet", "none", 8, 32}), "");
  EXPECT_EQ(refusal({"vgg5", "none", 8, 16}), "");
  EXPECT_THAT(refusal({"vgg5", "none", 8, 15}), HasSubstr("use size 16 or more"));
  EXPECT_EQ(refusal({"resnet20", "none", 8, 1}), "");
  EXPECT_EQ(refusal({"hefnet", "none", 4, 1024}), "");
  EXPECT_NE(refusal({"hefnet", "none", 0, 32}), "");
  EXPECT_NE(refusal({"hefnet", "none", 2000, 32}), "");
  EXPECT_NE(refusal({"hefnet", "none", 4, 32}, 0), "");
  EXPECT_NE(refusal({"hefnet", "none", 4, 1024}, 60000), "") << "a layer of 2e11 weights";
}

TEST(Registry, RefusesWhatItDoesNotKnow) {
  const auto refusal = [](const ArchitectureSpec& spec) {
    return build(spec, {}).failure().line();
  };
  EXPECT_THAT(refusal({.name = "alexnet"}), HasSubstr("unknown architecture: alexnet"));
  EXPECT_THAT(refusal({.name = "alexnet"}), HasSubstr("lenet, vgg5, hefnet, resnet20"));
  EXPECT_THAT(refusal({.attention = "eye"}), HasSubstr("unknown attention: eye"));
}

TEST(Registry, TakesTheNumberOfOutputsFromTheLastLayer) {
  for (const std::string& name : available_architectures()) {
    const ArchitectureSpec spec{.name = name};
    EXPECT_EQ(build(spec, plain_weights(spec, 5)).value().output_shape(), Shape{5}) << name;
  }
}

TEST(Weights, IgnoresPyTorchsCounters) {
  EXPECT_EQ(complaint_about([](Tensors& t) { t["bn1.num_batches_tracked"] = {{}, {100}}; }), "");
}

TEST(Weights, NamesTheTensorThatIsWrong) {
  EXPECT_THAT(complaint_about([](Tensors& t) { t.erase("conv3.bias"); }),
              HasSubstr("tensor conv3.bias is missing"));
  EXPECT_THAT(complaint_about([](Tensors& t) { t.erase("linear1.weight"); }),
              HasSubstr("tensor linear1.weight is missing"));
  EXPECT_THAT(complaint_about([](Tensors& t) { t["conv5.weight"] = {{1}, {0}}; }),
              HasSubstr("tensor conv5.weight is unknown"));
  EXPECT_THAT(complaint_about([](Tensors& t) { t["bn2.running_var"] = Tensor::zeros({64}); }),
              HasSubstr("tensor bn2.running_var has shape [64] and should have [128]"));
  EXPECT_THAT(complaint_about([](Tensors& t) { t["linear1.weight"].shape = {14, 32, 32}; }),
              HasSubstr("tensor linear1.weight has shape"));
  EXPECT_THAT(complaint_about([](Tensors& t) { t["linear1.weight"] = {{}, {1}}; }),
              HasSubstr("tensor linear1.weight has shape"));
  EXPECT_THAT(complaint_about([](Tensors& t) { t["relu4.beta"].data[0] = std::nanf(""); }),
              HasSubstr("tensor relu4.beta holds NaN or infinity"));
  EXPECT_THAT(complaint_about([](Tensors& t) { t["conv1.weight"].data[99] = -INFINITY; }),
              HasSubstr("tensor conv1.weight holds NaN or infinity"));
  EXPECT_THAT(complaint_about([](Tensors& t) { t["bn1.running_var"].data[5] = -1; }),
              HasSubstr("bn1"));
}

TEST(Resnet20, HasItsShortcutsAndNoActivationAfterTheSums) {
  const ArchitectureSpec spec{"resnet20", "none", 4, 32};
  const std::string text = to_text(build(spec, plain_weights(spec)).value());
  EXPECT_THAT(text, HasSubstr(R"(
layer1.2 = add(layer1.2.bn2, layer1.1) : [16, 32, 32]
layer2.0.conv1 = conv2d(layer1.2) 32x16x3x3 stride 2 padding 1,1,1,1 : [32, 16, 16]
layer2.0.bn1 = batch_norm(layer2.0.conv1) eps 1e-05 : [32, 16, 16]
layer2.0.relu = polynomial(layer2.0.bn1) +0.5 x^2 +2 x +1 : [32, 16, 16]
layer2.0.conv2 = conv2d(layer2.0.relu) 32x32x3x3 padding 1,1,1,1 : [32, 16, 16]
layer2.0.bn2 = batch_norm(layer2.0.conv2) eps 1e-05 : [32, 16, 16]
layer2.0.shortcut.0 = conv2d(layer1.2) 32x16x1x1 stride 2 : [32, 16, 16]
layer2.0.shortcut.1 = batch_norm(layer2.0.shortcut.0) eps 1e-05 : [32, 16, 16]
layer2.0 = add(layer2.0.bn2, layer2.0.shortcut.1) : [32, 16, 16]
)"));
}

TEST(Attention, StandsAfterTheModuleNamed) {
  const auto text = [](const ArchitectureSpec& spec) {
    return to_text(build(spec, plain_weights(spec)).value());
  };
  EXPECT_THAT(text({"hefnet", "se", 4, 32}), HasSubstr(R"(
attn.mean = average_pool(bn4) 4 stride 4 : [256, 1, 1]
attn.mean.flatten = flatten(attn.mean) : [256]
attn.linear1 = linear(attn.mean.flatten) 16x256 bias : [16]
attn.lelu = polynomial(attn.linear1) +0.5 x^2 +2 x +1 : [16]
attn.linear2 = linear(attn.lelu) 256x16 bias : [256]
attn.sigmoid = polynomial(attn.linear2) +0.5 x^3 +0 x^2 +2 x +1 : [256]
attn = channel_gate(bn4, attn.sigmoid) : [256, 4, 4]
relu4 = polynomial(attn))"));
  EXPECT_THAT(text({"vgg5", "se", 4, 32}), HasSubstr("attn = channel_gate(relu4, attn.sigmoid)"));
  EXPECT_THAT(text({"vgg5", "se", 4, 32}), HasSubstr("pool4 = average_pool(attn)"));
  EXPECT_THAT(text({"lenet", "se", 4, 32}), HasSubstr("attn = channel_gate(conv3, attn.sigmoid)"));
  EXPECT_THAT(text({"resnet20", "cbam", 4, 32}), HasSubstr(R"(
layer1.0.attn = channel_gate(layer1.0.bn2, layer1.0.attn.ChannelGate.sigmoid) : [16, 32, 32]
layer1.0 = add(layer1.0.attn, relu) : [16, 32, 32]
)"));
}

TEST(Attention, AppliesOneSmallNetworkTwiceForCbam) {
  const ArchitectureSpec spec{"hefnet", "cbam", 4, 32};
  const Graph graph = build(spec, plain_weights(spec)).value();
  int twice = 0;
  for (const Node& node : graph.nodes) {
    if (node.tensors() == node.name) continue;
    ++twice;
    EXPECT_EQ("attn.ChannelGate.max_pool" + node.tensors().substr(sizeof("attn.ChannelGate") - 1),
              node.name);
  }
  EXPECT_EQ(twice, 3);
}

}  // namespace
}  // namespace veilray::graph
