#include "plan/images.h"

#include <gtest/gtest.h>

#include <array>

#include "plan/networks_testing.h"
#include "plan/operators_testing.h"

namespace veilray::plan {
namespace {

using testing_networks::Draw;
using testing_operators::apply;

TEST(ForImages, MakesOperatorsThatKeepTheImagesApart) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Draw draw(seed);
    const auto one = stages(testing_networks::random_small_network(seed)).value();
    const auto images = 1U << draw.below(4);
    const auto many = for_images(one, images);
    ASSERT_EQ(many.size(), one.size());
    for (std::size_t s = 0; s < one.size(); ++s) {
      std::vector<tensor::Tensor> in, want;
      for (std::uint32_t image = 0; image < images; ++image) {
        in.push_back(draw.tensor(one[s].op.in_shape, 1));
        want.push_back(apply(one[s].op, in.back()));
      }
      EXPECT_EQ(apply(many[s].op, stack_images(in, images)), stack_images(want, images))
          << "seed " << seed << " stage " << s << " images " << images;
    }
  }
}

TEST(ForImages, FindsTheSquaresOfAllImagesBehindAllValues) {
  const auto one = stages(testing_networks::attentive_network(1, true)).value();
  const auto many = for_images(one, 4);
  for (std::size_t s = 0; s < one.size(); ++s) {
    if (!one[s].stacks_squares) continue;
    tensor::Shape half = one[s].op.in_shape;
    half[0] /= 2;
    Draw draw(s);
    std::vector<tensor::Tensor> values, squares, want;
    for (int image = 0; image < 4; ++image) {
      values.push_back(draw.tensor(half, 1));
      squares.push_back(draw.tensor(half, 1));
      const std::array both{values.back(), squares.back()};
      want.push_back(apply(one[s].op, stack_images(both, 2)));
    }
    const std::array all{stack_images(values, 4), stack_images(squares, 4)};
    EXPECT_EQ(apply(many[s].op, stack_images(all, 2)), stack_images(want, 4));
    return;
  }
  FAIL() << "no stage stacks squares";
}

TEST(ForImages, FailsIfTheirNumberIsNoPowerOfTwo) {
  for (const std::uint32_t images : {0U, 3U, 2048U}) EXPECT_THROW(for_images({}, images), Error);
}

TEST(StackImages, LeavesZerosForThoseThatAreMissingAndRefusesOthers) {
  const tensor::Tensor image{{1, 1, 2}, {3, 4}};
  const std::array one{image};
  const std::array two{image, image}, mixed{image, tensor::Tensor{{2, 1, 1}, {1, 2}}};
  EXPECT_EQ(stack_images(one, 2), (tensor::Tensor{{2, 1, 2}, {3, 4, 0, 0}}));
  EXPECT_EQ(stack_images(two, 2), (tensor::Tensor{{2, 1, 2}, {3, 4, 3, 4}}));
  EXPECT_THROW(stack_images({}, 2), Error);
  EXPECT_THROW(stack_images(two, 1), Error);
  EXPECT_THROW(stack_images(mixed, 2), Error);
}

TEST(OfImage, TakesItsLogits) {
  const std::vector<double> logits{1, 2, 3, 4, 5, 6, 7};
  const auto second = of_image(logits, 1, 3);
  EXPECT_EQ(std::vector<double>(second.begin(), second.end()), (std::vector<double>{4, 5, 6}));
}

}  // namespace
}  // namespace veilray::plan
