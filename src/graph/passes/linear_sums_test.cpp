#include "graph/passes/linear_sums.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/interpret.h"
#include "graph/passes/pipeline.h"
#include "graph/print.h"
#include "graph/residual_testing.h"
#include "graph/verify.h"

namespace veilray::graph {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing_graphs::Draw;

Conv2d one_by_one(Draw& draw, std::int64_t channels) {
  return {.weight = draw.tensor({channels, channels, 1, 1}, 1), .bias = draw.values(channels, 1)};
}

/// conv -> what `middle` adds, which ends in a sum -> linear.
template <class Middle>
Graph around(Middle middle) {
  Draw draw(3);
  GraphBuilder builder("sum", {2, 3, 3});
  middle(builder, draw, builder.add("conv", one_by_one(draw, 2)));
  builder.add("flatten", Flatten{});
  builder.add("linear", Linear{draw.tensor({3, 18}, 0.3)});
  return std::move(builder).finish().value();
}

double change_made(const Graph& before, const Graph& after) {
  const Tensor input = Draw(9).tensor(before.input_shape(), 1);
  return testing_graphs::relative_error(run(after, input), run(before, input));
}

TEST(LinearSums, PutALayerThatChangesNothingBeforeAnIdentityShortcut) {
  const Graph before = around([](GraphBuilder& b, Draw& draw, NodeId x) {
    const NodeId y = b.add("conv2", one_by_one(draw, 2), {x});
    b.add("sum", Add{}, {y, x});
  });
  const Graph after = linear_sums(before);
  EXPECT_TRUE(verify(after).ok());
  EXPECT_EQ(change_made(before, after), 0);
  EXPECT_THAT(to_text(after), HasSubstr("conv.to.sum = conv2d(conv) 2x1x1x1 groups 2 : [2, 3, 3]\n"
                                        "sum = add(conv2, conv.to.sum)"));
  EXPECT_EQ(to_text(linear_sums(after)), to_text(after));
}

TEST(LinearSums, KeepLayersThatNothingElseReadsAndSumsOfThem) {
  const Graph before = around([](GraphBuilder& b, Draw& draw, NodeId x) {
    const NodeId y = b.add("conv2", one_by_one(draw, 2), {x});
    const NodeId z = b.add("conv3", one_by_one(draw, 2), {x});
    const NodeId sum = b.add("sum", Add{}, {y, z});
    b.add("all", Add{}, {sum, b.add("conv4", one_by_one(draw, 2), {x})});
  });
  EXPECT_EQ(to_text(linear_sums(before)), to_text(before));
}

TEST(LinearSums, TellTheTwoOperandsOfATwofoldApart) {
  const Graph before =
      around([](GraphBuilder& b, Draw&, NodeId x) { b.add("sum", Add{}, {x, x}); });
  const Graph after = linear_sums(before);
  EXPECT_THAT(to_text(after), HasSubstr("sum = add(conv.to.sum', conv.to.sum)"));
  EXPECT_EQ(change_made(before, after), 0);
  EXPECT_LT(change_made(before, lower_to_linear_and_polynomial(before).value()), 1e-6);
}

TEST(LinearSums, SumVectors) {
  Draw draw(4);
  GraphBuilder builder("vectors", {2, 1, 1});
  const NodeId x = builder.add("flatten", Flatten{});
  const NodeId y = builder.add("linear", Linear{draw.tensor({2, 2}, 1)}, {x});
  builder.add("sum", Add{}, {x, y});
  const Graph before = std::move(builder).finish().value();
  const Graph after = linear_sums(before);
  EXPECT_THAT(to_text(after), HasSubstr("flatten.to.sum = linear(flatten) 2x2"));
  EXPECT_EQ(change_made(before, after), 0);
}

TEST(LinearSums, SeparateAnActivationFromOthersThatReadItsInput) {
  const Graph after = linear_sums(around([](GraphBuilder& b, Draw& draw, NodeId x) {
    b.add("act", Polynomial{{0, 1, 1}});
    const NodeId y = b.add("conv2", one_by_one(draw, 2));
    b.add("sum", Add{}, {y, x});
  }));
  EXPECT_THAT(to_text(after), HasSubstr("act = polynomial(conv.to.act)"));
}

TEST(Lowering, FoldsANormAndAPoolAfterASumIntoAllThatIsSummed) {
  for (const double alpha : {0.0, -0.5}) {
    const Graph before = around([&](GraphBuilder& b, Draw& draw, NodeId x) {
      b.add("sum", Add{}, {b.add("conv2", one_by_one(draw, 2), {x}), x});
      b.add("bn", testing_graphs::random_norm(draw, 2));
      b.add("act", Polynomial{{0.2, 0.7, alpha}});
    });
    const Graph after = lower_to_linear_and_polynomial(before).value();
    EXPECT_THAT(to_text(after), Not(HasSubstr("batch_norm")));
    EXPECT_LT(change_made(before, after), 1e-5) << alpha;
  }
}

TEST(Lowering, PreservesTheFunctionOfResidualNetworks) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Graph before = testing_graphs::random_residual(seed);
    const auto after = lower_to_linear_and_polynomial(before);
    ASSERT_TRUE(after.ok()) << "seed " << seed << ": " << after.failure().line() << "\n"
                            << to_text(before);
    EXPECT_LT(change_made(before, after.value()), 1e-4) << "seed " << seed << "\n"
                                                        << to_text(before);
  }
}

}  // namespace
}  // namespace veilray::graph
