#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "graph/architectures/networks_testing.h"
#include "graph/graphs_testing.h"
#include "graph/passes/pipeline.h"
#include "graph/print.h"

namespace veilray::graph {
namespace {

using testing_graphs::plain_weights;

const ArchitectureSpec kHefnet{"hefnet", "none", 4, 32};

TEST(Hefnet, HasThePublishedNodes) {
  EXPECT_EQ(to_text(build(kHefnet, plain_weights(kHefnet)).value()),
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
      lower_to_linear_and_polynomial(build(kHefnet, plain_weights(kHefnet)).value());
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

TEST(Hefnet, TakesAOneByOneConvolutionWhereNoMoreIsLeft) {
  const auto list = expected_tensors({.in_channels = 8, .size = 16}).value();
  EXPECT_EQ(list.at("conv4.weight"), (Shape{256, 32, 1, 1}));
  EXPECT_EQ(list.at("linear1.weight"), (Shape{14, 256}));
}

TEST(Hefnet, KeepsActivationsApartWhereTheFileDoes) {
  auto file = plain_weights(kHefnet);
  file.tensors["relu3.alpha"].data[0] = -7;
  const auto graph = build(kHefnet, file).value();
  std::vector<double> alphas;
  for (const Node& node : graph.nodes) {
    if (const auto* p = std::get_if<Polynomial>(&node.op)) alphas.push_back(p->coefficients[2]);
  }
  ASSERT_EQ(alphas.size(), 4U);
  EXPECT_EQ(alphas[2], -7);
  EXPECT_NE(alphas[1], -7);
}

}  // namespace
}  // namespace veilray::graph
