#include "plan/linear_operator.h"

#include <gtest/gtest.h>

#include "plan/layouts_testing.h"
#include "plan/operators_testing.h"

namespace veilray::plan {
namespace {

using testing_layouts::Case;
using testing_layouts::Draw;
using testing_operators::apply;

void expect_same_function(Case (*make)(Draw&)) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Draw draw(seed);
    const Case one = make(draw);
    const auto input = draw.tensor(one.op.in_shape, 1);
    EXPECT_LT(
        testing_layouts::largest_relative_error(apply(one.op, input), run(one.network, input)),
        1e-5)
        << one.name << ", seed " << seed;
  }
}

TEST(LinearOperator, OfAConvolutionIsTheConvolution) {
  expect_same_function([](Draw& draw) { return testing_layouts::random_convolution_case(draw); });
}

TEST(LinearOperator, OfADenseLayerSumsItsWindowsFirst) {
  expect_same_function([](Draw& draw) { return testing_layouts::random_dense_case(draw); });
}

TEST(LinearOperator, MayGiveAVectorToEveryPosition) {
  Draw draw(1);
  const graph::Linear linear{draw.tensor({3, 8}, 1), draw.values(3, 1)};
  const auto op = linear_operator(linear, {2, 2, 2}, 1);
  const auto everywhere = broadcast(op, 2, 4);
  EXPECT_EQ(everywhere.out_shape, (tensor::Shape{3, 2, 4}));
  const auto input = draw.tensor({2, 2, 2}, 1);
  const auto vector = apply(op, input), map = apply(everywhere, input);
  for (std::size_t i = 0; i < map.data.size(); ++i) EXPECT_EQ(map.data[i], vector.data[i / 8]) << i;
}

TEST(LinearOperator, MayUndoADivisionOfItsLaterChannelsEvenWhereWeightsAreShared) {
  Draw draw(2);
  const graph::Conv2d conv{.weight = draw.tensor({4, 2, 2, 2}, 1), .bias = {}, .groups = 2};
  const auto input = draw.tensor({4, 3, 3}, 1);
  auto divided = input;
  for (std::size_t i = 3 * 9; i < divided.data.size(); ++i) divided.data[i] /= 64;
  for (const auto& op :
       {conv2d_operator(conv, {4, 3, 3}), sum_pool_operator(graph::SumPool{2, 1}, {4, 3, 3})})
    EXPECT_EQ(apply(undo_division(op, 3, 64), divided), apply(op, input));
}

TEST(LinearOperator, OfAPoolMayOverlapAndDropWhatIsLeft) {
  expect_same_function([](Draw& draw) { return testing_layouts::random_pool_case(draw); });
}

}  // namespace
}  // namespace veilray::plan
