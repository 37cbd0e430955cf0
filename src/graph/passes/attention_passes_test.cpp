// What the passes make of gates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "graph/architectures/random_weights.h"
#include "graph/graphs_testing.h"
#include "graph/interpret.h"
#include "graph/passes/fold_cubic.h"
#include "graph/passes/pipeline.h"
#include "graph/passes/stack_branches.h"
#include "graph/print.h"
#include "graph/verify.h"

namespace veilray::graph {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing_graphs::Draw;

double largest_change(const Graph& before, const Graph& after) {
  double worst = 0;
  for (std::uint64_t seed = 100; seed < 103; ++seed) {
    const Tensor input = Draw(seed).tensor(before.input_shape(), 1.5);
    worst = std::max(worst, testing_graphs::relative_error(run(after, input), run(before, input)));
  }
  return worst;
}

/// With the scalars that end in `changed`, of activations, sigmoids and squares, set to `value`.
Graph attentive(const std::string& name, const std::string& attention,
                const std::string& changed = "none", float value = 0) {
  const ArchitectureSpec spec{name, attention, 2, name == "lenet" ? 32 : 16};
  static std::map<std::string, tensor::TensorFile> drawn;
  const auto at = drawn.try_emplace(name + attention).first;
  if (at->second.tensors.empty()) at->second = random_weights(spec, 8).value();
  tensor::TensorFile weights = at->second;
  for (auto& [tensor_name, tensor] : weights.tensors)
    if (tensor_name.ends_with(changed)) std::ranges::fill(tensor.data, value);
  return build(spec, weights).value();
}

/// linear -> alpha x^3 + beta x + c -> linear.
Graph with_cubic(double c, double beta, double square, double alpha) {
  Draw draw(4);
  GraphBuilder builder("cubic", {3, 2, 2});
  builder.add("flatten", Flatten{});
  builder.add("linear1", Linear{draw.tensor({5, 12}, 0.5), draw.values(5, 0.5)});
  builder.add("cubic", Polynomial{{c, beta, square, alpha}});
  builder.add("linear2", Linear{draw.tensor({2, 5}, 0.5), {}});
  return std::move(builder).finish().value();
}

TEST(FoldCubic, MakesTheCubeMonic) {
  for (const double alpha : {-1e-5, -0.3, 2.0}) {
    const Graph before = with_cubic(0.5, 0.12, 0, alpha);
    const Graph after = fold_cubic(before);
    EXPECT_TRUE(verify(after).ok());
    EXPECT_LT(largest_change(before, after), 1e-5) << alpha;
    const auto& folded = std::get<Polynomial>(after.nodes[3].op).coefficients;
    EXPECT_EQ(folded[3], 1) << alpha;
    EXPECT_EQ(folded[0], 0.5) << alpha;
  }
}

TEST(FoldCubic, RemovesWhatIsAffine) {
  for (const double alpha : {0.0, 1e-12, -1e-12}) {
    const Graph before = with_cubic(0.5, 0.12, 0, alpha);
    const Graph after = fold_cubic(before);
    EXPECT_EQ(after.nodes.size(), before.nodes.size() - 1) << alpha;
    EXPECT_LT(largest_change(before, after), 1e-5) << alpha;
  }
}

TEST(FoldCubic, ShiftsASquareAway) {
  for (const double square : {-0.4, 1.0}) {
    const Graph before = with_cubic(0.5, 0.12, square, 0.1);
    const Graph after = fold_cubic(before);
    EXPECT_LT(largest_change(before, after), 1e-5) << square;
    const auto& folded = std::get<Polynomial>(after.nodes[3].op).coefficients;
    EXPECT_EQ(folded[2], 0) << square;
    EXPECT_EQ(folded[3], 1) << square;
  }
}

TEST(FoldCubic, KeepsASquareWithoutACube) {
  const Graph before = with_cubic(0.5, 0.12, 1, 1e-12);
  EXPECT_EQ(to_text(fold_cubic(before)), to_text(before));
}

TEST(StackBranches, MakesAChainOfCbam) {
  const Graph before = attentive("hefnet", "cbam");
  const Graph after = stack_branches(before);
  EXPECT_TRUE(verify(after).ok());
  EXPECT_LT(largest_change(before, after), 1e-5);
  EXPECT_THAT(to_text(after), HasSubstr(R"(
attn.ChannelGate.max_pool = stack_squares(bn4) : [512, 2, 2]
attn.ChannelGate.max_pool.mean = average_pool(attn.ChannelGate.max_pool) 2 stride 2 : [512, 1, 1]
)"));
  EXPECT_THAT(to_text(after), HasSubstr("linear(attn.ChannelGate.max_pool.mean.flatten) 128x512"));
  EXPECT_THAT(to_text(after), HasSubstr("linear(attn.ChannelGate.max_pool.mlp.2) 256x128"));
  EXPECT_THAT(to_text(after), Not(HasSubstr("add(")));
}

TEST(StackBranches, KeepsResidualSums) {
  const Graph before = attentive("resnet20", "none");
  EXPECT_EQ(to_text(stack_branches(before)), to_text(before));
}

TEST(StackBranches, KeepsBranchesThatDiffer) {
  Graph graph = attentive("vgg5", "cbam");
  for (Node& node : graph.nodes) {
    if (node.name == "attn.ChannelGate.mlp.2") std::get<Polynomial>(node.op).coefficients[1] += 1;
  }
  EXPECT_EQ(to_text(stack_branches(graph)), to_text(graph));
}

TEST(Lowering, PreservesTheFunctionOfNetworksWithAttention) {
  for (const char* name : {"lenet", "vgg5", "hefnet"}) {
    for (const char* attention : {"se", "cbam"}) {
      const Graph before = attentive(name, attention);
      const auto after = lower_to_linear_and_polynomial(before);
      ASSERT_TRUE(after.ok()) << name << " " << attention << ": " << after.failure().line();
      EXPECT_LT(largest_change(before, after.value()), 1e-4) << name << " " << attention;
    }
  }
}

TEST(Lowering, TakesAnyActivationAroundAGate) {
  for (const char* name : {"lenet", "vgg5", "hefnet"}) {
    for (const char* attention : {"se", "cbam"}) {
      for (const float alpha : {0.0F, -0.1F}) {
        const Graph before = attentive(name, attention, ".alpha", alpha);
        const auto after = lower_to_linear_and_polynomial(before);
        ASSERT_TRUE(after.ok()) << name << " " << attention << ": " << after.failure().line();
        EXPECT_LT(largest_change(before, after.value()), 1e-4)
            << name << " " << attention << " " << alpha;
      }
    }
  }
}

/// conv -> gate by a small network -> c + beta x -> linear.
Graph with_affine_after_gate(double c, double beta, bool sigmoid) {
  Draw draw(6);
  GraphBuilder builder("affine", {3, 4, 4});
  const NodeId x = builder.add("conv", Conv2d{draw.tensor({4, 3, 1, 1}, 0.5), draw.values(4, 0.5)});
  builder.add("pool", AveragePool{4, 4});
  builder.add("flatten1", Flatten{});
  builder.add("linear1", Linear{draw.tensor({2, 4}, 0.5), {}});
  NodeId factors = builder.add("linear2", Linear{draw.tensor({4, 2}, 0.5), draw.values(4, 0.5)});
  if (sigmoid) factors = builder.add("sigmoid", Polynomial{{0.5, 0.2, 0, 0.1}});
  builder.add("gate", ChannelGate{}, {x, factors});
  builder.add("act", Polynomial{{c, beta, 0}});
  builder.add("flatten2", Flatten{});
  builder.add("linear3", Linear{draw.tensor({2, 64}, 0.5), {}});
  return std::move(builder).finish().value();
}

TEST(FoldActivation, LeavesNothingButAConstantAfterAGate) {
  for (const bool sigmoid : {false, true}) {
    for (const double beta : {0.5, -2.0, 0.0}) {
      for (const double c : {0.0, -0.3}) {
        const Graph before = with_affine_after_gate(c, beta, sigmoid);
        const auto after = lower_to_linear_and_polynomial(before);
        ASSERT_TRUE(after.ok()) << after.failure().line();
        EXPECT_LT(largest_change(before, after.value()), 1e-5) << c << " " << beta;
        EXPECT_EQ(to_text(after.value()).find("act = ") == std::string::npos, c == 0);
      }
    }
  }
}

}  // namespace
}  // namespace veilray::graph
