#include "graph/architectures/hefnet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "graph/architectures/registry.h"
#include "graph/graphs_testing.h"
#include "graph/passes/pipeline.h"
#include "graph/print.h"

namespace veilray::graph {
namespace {

using tensor::TensorFile;
using ::testing::HasSubstr;

/// Weights of the right names and shapes; the activation is 0.5 x^2 + 2 x + 1.
TensorFile plain_weights(std::int64_t in_channels, std::int64_t size, std::int64_t outputs = 14) {
  testing_graphs::Draw draw(1);
  TensorFile file;
  for (const auto& [name, shape] : hefnet_tensors(in_channels, size, outputs).value()) {
    file.tensors[name] = draw.tensor(shape, 0.1);
    for (float& value : file.tensors[name].data) value = std::abs(value) + 0.01F;
    if (name.ends_with(".alpha")) file.tensors[name].data[0] = 0.5F;
    if (name.ends_with(".beta")) file.tensors[name].data[0] = 2;
    if (name.ends_with(".c")) file.tensors[name].data[0] = 1;
  }
  return file;
}

/// What is said of weights after `spoil`.
template <class Spoil>
std::string hefnet_complaint(Spoil spoil) {
  TensorFile file = plain_weights(4, 32);
  spoil(file.tensors);
  const auto result = build_hefnet(4, 32, file);
  return result.ok() ? "" : result.failure().line();
}
using Tensors = std::map<std::string, Tensor>;

std::int64_t count_parameters(const TensorList& list) {
  std::int64_t count = 0;
  for (const auto& [name, shape] : list) {
    const bool statistics = name.find("running_") != std::string::npos;
    if (!statistics) count += static_cast<std::int64_t>(tensor::element_count(shape));
  }
  return count;
}

TEST(Hefnet, HasThePublishedNodes) {
  EXPECT_EQ(to_text(build_hefnet(4, 32, plain_weights(4, 32)).value()),
            R"(graph hefnet
input = input() : [4, 32, 32]
conv1 = conv2d(input) 64x4x3x3 bias : [64, 30, 30]
bn1 = batch_norm(conv1) eps 1e-05 : [64, 30, 30]
relu1 = polynomial(bn1) +0.5 x^2 +2 x +1 : [64, 30, 30]
conv2 = conv2d(relu1) 128x8x3x3 groups 8 bias : [128, 28, 28]
bn2 = batch_norm(conv2) eps 1e-05 : [128, 28, 28]
relu2 = polynomial(bn2) +0.5 x^2 +2 x +1 : [128, 28, 28]
pool2 = average_pool(relu2) 2 stride 2 : [128, 14, 14]
conv3 = conv2d(pool2) 256x16x3x3 groups 8 bias : [256, 12, 12]
bn3 = batch_norm(conv3) eps 1e-05 : [256, 12, 12]
relu3 = polynomial(bn3) +0.5 x^2 +2 x +1 : [256, 12, 12]
pool3 = average_pool(relu3) 2 stride 2 : [256, 6, 6]
conv4 = conv2d(pool3) 256x32x3x3 groups 8 bias : [256, 4, 4]
bn4 = batch_norm(conv4) eps 1e-05 : [256, 4, 4]
relu4 = polynomial(bn4) +0.5 x^2 +2 x +1 : [256, 4, 4]
pool4 = average_pool(relu4) 2 stride 2 : [256, 2, 2]
flatten = flatten(pool4) : [1024]
linear1 = linear(flatten) 14x1024 bias : [14]
return linear1
)");
}

TEST(Hefnet, LowersToConvolutionsSquaresAndSums) {
  const auto lowered =
      lower_to_linear_and_polynomial(build_hefnet(4, 32, plain_weights(4, 32)).value());
  EXPECT_EQ(to_text(lowered.value()), R"(graph hefnet
input = input() : [4, 32, 32]
conv1 = conv2d(input) 64x4x3x3 bias : [64, 30, 30]
relu1 = polynomial(conv1) +1 x^2 +4 x +2 : [64, 30, 30]
conv2 = conv2d(relu1) 128x8x3x3 groups 8 bias : [128, 28, 28]
relu2 = polynomial(conv2) +1 x^2 +4 x +2 : [128, 28, 28]
pool2 = sum_pool(relu2) 2 stride 2 : [128, 14, 14]
conv3 = conv2d(pool2) 256x16x3x3 groups 8 bias : [256, 12, 12]
relu3 = polynomial(conv3) +1 x^2 +4 x +2 : [256, 12, 12]
pool3 = sum_pool(relu3) 2 stride 2 : [256, 6, 6]
conv4 = conv2d(pool3) 256x32x3x3 groups 8 bias : [256, 4, 4]
relu4 = polynomial(conv4) +1 x^2 +4 x +2 : [256, 4, 4]
pool4 = sum_pool(relu4) 2 stride 2 : [256, 2, 2]
flatten = flatten(pool4) : [1024]
linear1 = linear(flatten) 14x1024 bias : [14]
return linear1
)");
}

TEST(Hefnet, HasThePublishedNumberOfParameters) {
  // As PyTorch counts them, where the one activation stands four times: 9 scalars too many.
  EXPECT_EQ(count_parameters(hefnet_tensors(4, 32, 14).value()), 138577 + 9);
}

TEST(Hefnet, TakesAOneByOneConvolutionWhereNoMoreIsLeft) {
  const auto list = hefnet_tensors(8, 16, 14).value();
  EXPECT_EQ(list.at("conv4.weight"), (Shape{256, 32, 1, 1}));
  EXPECT_EQ(list.at("linear1.weight"), (Shape{14, 256}));
  EXPECT_TRUE(build_hefnet(8, 16, plain_weights(8, 16)).ok());
}

TEST(Hefnet, FitsEverySizeFrom24) {
  for (const std::int64_t size : {24, 25, 31, 64, 128}) {
    EXPECT_TRUE(build_hefnet(2, size, plain_weights(2, size)).ok()) << size;
  }
  for (const std::int64_t size : {-1, 0, 1, 15, 17, 23, 5000}) {
    EXPECT_FALSE(hefnet_tensors(4, size, 14).ok()) << size;
  }
  EXPECT_FALSE(hefnet_tensors(0, 32, 14).ok());
  EXPECT_FALSE(hefnet_tensors(4, 32, 0).ok());
}

TEST(Hefnet, TakesTheNumberOfOutputsFromTheLastLayer) {
  const auto graph = build_hefnet(4, 32, plain_weights(4, 32, 5)).value();
  EXPECT_EQ(graph.output_shape(), Shape{5});
}

TEST(Hefnet, KeepsActivationsApartWhereTheFileDoes) {
  auto file = plain_weights(4, 32);
  file.tensors["relu3.alpha"].data[0] = -7;
  const auto graph = build_hefnet(4, 32, file).value();
  std::vector<double> alphas;
  for (const Node& node : graph.nodes) {
    if (const auto* p = std::get_if<Polynomial>(&node.op)) alphas.push_back(p->coefficients[2]);
  }
  ASSERT_EQ(alphas.size(), 4U);
  EXPECT_EQ(alphas[2], -7);
  EXPECT_NE(alphas[1], -7);
}

TEST(Hefnet, IgnoresPyTorchsCounters) {
  EXPECT_EQ(hefnet_complaint([](Tensors& t) { t["bn1.num_batches_tracked"] = {{}, {100}}; }), "");
}

TEST(Hefnet, NamesTheTensorThatIsWrong) {
  EXPECT_THAT(hefnet_complaint([](Tensors& t) { t.erase("conv3.bias"); }),
              HasSubstr("tensor conv3.bias is missing"));
  EXPECT_THAT(hefnet_complaint([](Tensors& t) { t.erase("linear1.weight"); }),
              HasSubstr("tensor linear1.weight is missing"));
  EXPECT_THAT(hefnet_complaint([](Tensors& t) { t["conv5.weight"] = {{1}, {0}}; }),
              HasSubstr("tensor conv5.weight is unknown"));
  EXPECT_THAT(hefnet_complaint([](Tensors& t) { t["bn2.running_var"] = Tensor::zeros({64}); }),
              HasSubstr("tensor bn2.running_var has shape [64] and should have [128]"));
  EXPECT_THAT(hefnet_complaint([](Tensors& t) { t["linear1.weight"].shape = {14, 32, 32}; }),
              HasSubstr("tensor linear1.weight has shape"));
  EXPECT_THAT(hefnet_complaint([](Tensors& t) { t["linear1.weight"] = {{}, {1}}; }),
              HasSubstr("tensor linear1.weight has shape"));
  EXPECT_THAT(hefnet_complaint([](Tensors& t) { t["relu4.beta"].data[0] = std::nanf(""); }),
              HasSubstr("tensor relu4.beta holds NaN or infinity"));
  EXPECT_THAT(hefnet_complaint([](Tensors& t) { t["conv1.weight"].data[99] = -INFINITY; }),
              HasSubstr("tensor conv1.weight holds NaN or infinity"));
  EXPECT_THAT(hefnet_complaint([](Tensors& t) { t["bn1.running_var"].data[5] = -1; }),
              HasSubstr("bn1"));
}

TEST(Registry, RefusesWhatDoesNotExistYetAndSaysWhatDoes) {
  const auto refusal = [](const ArchitectureSpec& spec) {
    const auto result = build(spec, {});
    return result.ok() ? "" : result.failure().line();
  };
  for (const char* name : {"lenet", "vgg5", "resnet20"}) {
    EXPECT_THAT(refusal({.name = name}), HasSubstr("not available yet: " + std::string(name)));
    EXPECT_THAT(refusal({.name = name}), HasSubstr("available: hefnet"));
  }
  EXPECT_THAT(refusal({.name = "alexnet"}), HasSubstr("unknown architecture: alexnet"));
  EXPECT_THAT(refusal({.attention = "se"}), HasSubstr("not available yet: se"));
  EXPECT_THAT(refusal({.attention = "cbam"}), HasSubstr("not available yet: cbam"));
  EXPECT_THAT(refusal({.attention = "eye"}), HasSubstr("unknown attention: eye"));
  EXPECT_EQ(available_architectures(), std::vector<std::string>{"hefnet"});
}

}  // namespace
}  // namespace veilray::graph
