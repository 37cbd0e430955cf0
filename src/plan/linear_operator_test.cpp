#include "plan/linear_operator.h"

#include <gtest/gtest.h>

#include "plan/layouts_testing.h"

namespace veilray::plan {
namespace {

using testing_layouts::Case;
using testing_layouts::Draw;

/// The sum over all triples of taps, as the header says.
tensor::Tensor apply(const LinearOperator& op, const tensor::Tensor& in) {
  const auto index = [](const tensor::Shape& s, std::int64_t c, std::int64_t y, std::int64_t x) {
    return static_cast<std::size_t>((c * s[1] + y) * s[2] + x);
  };
  std::vector<double> sums(tensor::element_count(op.out_shape), 0.0);
  for (const Tap& c : op.taps[0])
    for (const Tap& y : op.taps[1])
      for (const Tap& x : op.taps[2])
        sums[index(op.out_shape, c.out, y.out, x.out)] +=
            op.weight(c, y, x) * static_cast<double>(in.data[index(op.in_shape, c.in, y.in, x.in)]);
  auto out = tensor::Tensor::zeros(op.out_shape);
  const std::size_t plane = out.data.size() / static_cast<std::size_t>(op.out_shape[0]);
  for (std::size_t i = 0; i < out.data.size(); ++i)
    out.data[i] = static_cast<float>(
        sums[i] + (op.bias.empty() ? 0.0 : static_cast<double>(op.bias[i / plane])));
  return out;
}

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
