#include "plan/builder.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ckks/toy_params.h"
#include "plan/layouts_testing.h"

namespace veilray::plan {
namespace {

class Build : public ::testing::Test {
 protected:
  ckks::Params params = ckks::testing::toy_params({10, 4, 1, 30}).value();
  Builder builder{params};
  ValueId x = builder.input({0x1p30}), y = builder.input({0x1p30});

  double prime(std::uint32_t level) const { return params.prime({level}); }
  static void expect_type(const ValueType& type, std::uint32_t level, double scale,
                          std::uint32_t degree = 1) {
    EXPECT_EQ(type.level.value, level);
    EXPECT_TRUE(ckks::same_scale(type.scale, {scale})) << type.scale.value << " vs " << scale;
    EXPECT_EQ(type.degree, degree);
  }
  template <class Call>
  static void expect_error(ErrorCode code, Call call) {
    try {
      call();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
    }
  }
};

TEST_F(Build, TracksLevelScaleAndDegreeExactly) {
  expect_type(builder.type(x), 3, 0x1p30);
  const ValueId square = builder.sum_of_squares({x, y});
  expect_type(builder.type(square), 3, 0x1p60, 2);
  const ValueId linear = builder.relinearize(square);
  expect_type(builder.type(linear), 3, 0x1p60);
  const ValueId low = builder.rescale(linear);
  expect_type(builder.type(low), 2, 0x1p60 / prime(3));
  expect_type(builder.type(builder.rescale(low)), 1, 0x1p60 / prime(3) / prime(2));
  expect_type(builder.type(builder.multiply_constant(x, -1.5, {0x1p20})), 3, 0x1p50);
  expect_type(builder.type(builder.add_constant(x, 2)), 3, 0x1p30);
  const ValueId hoisted = builder.hoist(x);
  EXPECT_EQ(builder.type(hoisted).kind, ValueType::Kind::kHoisted);
  const ValueId turned = builder.rotate_hoisted(x, hoisted, 3);
  EXPECT_EQ(builder.type(turned).kind, ValueType::Kind::kCiphertext);
  expect_type(builder.type(builder.rotate_sum({x, turned}, {0, 5})), 3, 0x1p30);
}

TEST_F(Build, MultipliesFactorsOfDifferentScalesAtOneLevel) {
  const ValueId other = builder.input({0x1p20});
  expect_type(builder.type(builder.multiply(x, other)), 3, 0x1p50, 2);
  const ValueId low = builder.drop_to_level(x, {1});
  expect_type(builder.type(low), 1, 0x1p30);
  EXPECT_EQ(builder.drop_to_level(low, {1}), low);
  expect_error(ErrorCode::kLevelMismatch, [&] { builder.multiply(x, low); });
  expect_error(ErrorCode::kLevelMismatch, [&] { builder.drop_to_level(low, {2}); });
  const ValueId square = builder.multiply(x, y);
  expect_error(ErrorCode::kLevelMismatch, [&] { builder.multiply(square, x); });
}

TEST_F(Build, RoundsConstantsToIntegersOverTheirScale) {
  builder.multiply_constant(x, -0.3, {0x1p30});
  const Program program = std::move(builder).finish({{2}});
  const auto& product = std::get<op::MultiplyInteger>(program.steps.back().operation);
  EXPECT_EQ(product.factor, std::llround(-0.3 * 0x1p30));
}

TEST_F(Build, AddsNothingForASumOfOne) {
  EXPECT_EQ(builder.add({x}), x);
  EXPECT_EQ(builder.rotate_sum({y}, {0}), y);
  EXPECT_NE(builder.rotate_sum({y}, {1}), y);
}

TEST_F(Build, GivesOneResultForEachGiantStep) {
  const tensor::Shape in{2, 4, 2};
  const graph::Conv2d conv{.weight = tensor::Tensor::zeros({2, 2, 3, 1})};
  const auto index = builder.add_layer(
      {"conv",
       {conv2d_operator(conv, in), testing_layouts::plain_layout(in, 4),
        testing_layouts::plain_layout({2, 2, 2}, 4), SlotMatrix::Form::kPlaced, true},
       {1, 3, true, false}});
  const auto giants = builder.layer(index).giants.size(),
             babies = builder.layer(index).babies.size();
  ASSERT_GT(giants, 1U);
  const auto sums = builder.product_sums(index, std::vector<ValueId>(babies, x), {0x1p28});
  EXPECT_EQ(sums.size(), giants);
  for (const ValueId sum : sums) expect_type(builder.type(sum), 3, 0x1p58);
}

TEST_F(Build, FailsIfOperandsStandAtDifferentLevels) {
  const ValueId low = builder.rescale(builder.rotate_sum({x}, {1}));
  for (const auto& call : std::vector<std::function<void()>>{
           [&] { builder.add({x, low}); }, [&] { builder.rotate_sum({x, low}, {1, 2}); },
           [&] { builder.sum_of_squares({low, x}); },
           [&] { builder.product_sums(0, {x, low}, {0x1p30}); }})
    expect_error(ErrorCode::kLevelMismatch, call);
}

TEST_F(Build, FailsIfOperandsHaveDifferentScales) {
  const ValueId other = builder.input({0x1p29});
  expect_error(ErrorCode::kScaleMismatch, [&] { builder.add({x, other}); });
  expect_error(ErrorCode::kScaleMismatch, [&] { builder.sum_of_squares({x, other}); });
}

TEST_F(Build, FailsIfOperandsHaveDifferentDegrees) {
  const ValueId square = builder.sum_of_squares({x});
  const ValueId linear = builder.relinearize(square);
  expect_error(ErrorCode::kLevelMismatch, [&] { builder.add({square, linear}); });
}

TEST_F(Build, FailsIfASumHasNoOperands) {
  expect_error(ErrorCode::kInvalidArgument, [&] { builder.add({}); });
  expect_error(ErrorCode::kInvalidArgument, [&] { builder.rotate_sum({}, {}); });
}

TEST_F(Build, FailsIfTheLevelsRunOut) {
  ValueId low = x;
  for (int i = 0; i < 3; ++i) low = builder.rescale(low);
  expect_error(ErrorCode::kLevelMismatch, [&] { builder.rescale(low); });
}

TEST_F(Build, FailsIfAConstantIsTooLargeForItsScale) {
  expect_error(ErrorCode::kInvalidArgument, [&] { builder.multiply_constant(x, 1e30, {0x1p30}); });
  expect_error(ErrorCode::kInvalidArgument,
               [&] { builder.multiply_constant(x, std::nan(""), {0x1p30}); });
}

}  // namespace
}  // namespace veilray::plan
