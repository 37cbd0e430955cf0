#include "plan/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "ckks/toy_params.h"
#include "plan/networks_testing.h"
#include "plan/stages.h"

namespace veilray::plan {
namespace {

using ::testing::HasSubstr;

/// A program that is right, and what a test may do to it.
struct Checked {
  explicit Checked(std::uint64_t seed)
      : Checked(seed, testing_networks::random_small_network(seed)) {}
  Checked(std::uint64_t seed, const graph::Graph& network) {
    const auto network_stages = stages(network).value();
    testing_networks::Draw draw(seed + 9);
    const Plan plan = testing_networks::random_plan(draw, network_stages, 9);
    params.emplace(ckks::testing::toy_params(plan.params).value());
    program = lower(network_stages, plan, *params);
    keys = rotations(program);
    relinearization = relinearization_level(program);
  }
  Status status() const { return verify(program, *params, {keys, relinearization}); }
  template <class Op>
  std::size_t find() const {
    for (std::size_t s = 0; s < program.steps.size(); ++s)
      if (std::holds_alternative<Op>(program.steps[s].operation)) return s;
    return program.steps.size();
  }
  template <class Op>
  Op& first() {
    return std::get<Op>(program.steps.at(find<Op>()).operation);
  }
  template <class Op>
  ValueType& type_of_first() {
    return program.values.at(program.steps.at(find<Op>()).first.value);
  }

  std::optional<ckks::Params> params;
  Program program;
  std::vector<KeyedRotation> keys;
  ckks::Level relinearization;
};

TEST(Verify, AcceptsWhatLowerMakes) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto status = Checked(seed).status();
    EXPECT_TRUE(status.ok()) << "seed " << seed << ": " << status.failure().line();
  }
}

void expect_refused(const std::string& why, const std::function<void(Checked&)>& spoil) {
  Checked checked(1);
  ASSERT_TRUE(checked.status().ok());
  spoil(checked);
  const auto status = checked.status();
  ASSERT_FALSE(status.ok()) << why;
  EXPECT_EQ(status.failure().code, ErrorCode::kMalformed);
  EXPECT_THAT(status.failure().line(), HasSubstr(why));
}

TEST(Verify, FailsIfAValueIsReadBeforeItIsMade) {
  expect_refused("not there yet", [](Checked& c) {
    c.first<op::Rescale>().in = {static_cast<std::uint32_t>(c.program.values.size() - 1)};
  });
  expect_refused("not there yet", [](Checked& c) { c.first<op::Rescale>().in = {1U << 30}; });
}

TEST(Verify, FailsIfAResultIsNotTheNextValue) {
  expect_refused("not the next", [](Checked& c) { ++c.program.steps.back().first.value; });
  expect_refused("not the next", [](Checked& c) { c.program.steps[3].results = 0; });
  expect_refused("not the next", [](Checked& c) { c.program.steps.back().results = 1U << 31; });
  expect_refused("no step makes", [](Checked& c) { c.program.values.push_back({}); });
}

TEST(Verify, FailsIfATypeIsNotWhatTheOperationGives) {
  const std::string why = "another level, scale or degree";
  expect_refused(why, [](Checked& c) { ++c.type_of_first<op::Rescale>().level.value; });
  expect_refused(why, [](Checked& c) { c.type_of_first<op::Rescale>().scale.value *= 1.001; });
  expect_refused(why, [](Checked& c) { c.type_of_first<op::SumOfSquares>().degree = 1; });
  expect_refused(
      why, [](Checked& c) { c.type_of_first<op::Hoist>().kind = ValueType::Kind::kCiphertext; });
}

TEST(Verify, FailsIfOperandsDoNotBelongTogether) {
  expect_refused("different levels", [](Checked& c) {
    c.first<op::SumOfSquares>().inputs.push_back(c.program.steps[0].first);
  });
  expect_refused("wrong kind or degree", [](Checked& c) {
    c.first<op::Rescale>().in = c.program.steps[c.find<op::Hoist>()].first;
  });
  expect_refused("no operands", [](Checked& c) { c.first<op::SumOfSquares>().inputs.clear(); });
  expect_refused("one operand a baby",
                 [](Checked& c) { c.first<op::ProductSums>().inputs.pop_back(); });
  expect_refused("one step an operand",
                 [](Checked& c) { c.first<op::RotateSum>().steps.push_back(1); });
}

TEST(Verify, FailsIfAGateMeetsWhatLiesHigher) {
  const auto network = testing_networks::attentive_network(1, true);
  ASSERT_TRUE(Checked(1, network).status().ok());
  const auto complaint = [&](const auto& spoil) {
    Checked checked(1, network);
    spoil(checked);
    return checked.status().failure().line();
  };
  const auto drop = [](Checked& c) -> op::DropToLevel& { return c.first<op::DropToLevel>(); };
  EXPECT_THAT(complaint([&](Checked& c) { c.first<op::Multiply>().a = drop(c).in; }),
              HasSubstr("factors are at different levels"));
  EXPECT_THAT(complaint([&](Checked& c) { drop(c).level = c.program.type(drop(c).in).level; }),
              HasSubstr("not below"));
}

TEST(Verify, FailsIfARotationIsImpossibleOrGivenOtherDigits) {
  expect_refused("impossible step", [](Checked& c) { c.first<op::RotateHoisted>().step = 0; });
  expect_refused("impossible step", [](Checked& c) { c.first<op::RotateHoisted>().step = 512; });
  expect_refused("digits of something else",
                 [](Checked& c) { c.first<op::RotateHoisted>().hoisted = {0}; });
}

TEST(Verify, FailsIfAKeyIsNotListedOrTooLow) {
  expect_refused("rotation key", [](Checked& c) { c.keys.erase(c.keys.begin()); });
  expect_refused("rotation key", [](Checked& c) {
    for (auto& key : c.keys)
      if (key.level.value > 0) --key.level.value;
  });
  expect_refused("relinearisation key", [](Checked& c) { --c.relinearization.value; });
}

TEST(Verify, FailsIfALayerIsInconsistent) {
  expect_refused("no such layer", [](Checked& c) { c.first<op::ProductSums>().layer = 99; });
  expect_refused("product twice", [](Checked& c) {
    auto& terms = c.program.layers[0].terms;
    terms.push_back(terms.front());
  });
  expect_refused("product twice", [](Checked& c) { c.program.layers[0].terms[0].baby = 9999; });
  expect_refused("sum of nothing", [](Checked& c) {
    auto& layer = c.program.layers[0];
    std::erase_if(layer.terms, [](const auto& term) { return term.giant == 0; });
  });
  expect_refused("no such bias", [](Checked& c) { c.first<op::AddBias>().out = 9999; });
}

TEST(Verify, FailsIfScalesOrLevelsLeaveTheModulus) {
  expect_refused("does not fit the modulus", [](Checked& c) {
    for (auto& value : c.program.values) value.scale.value = 0x1p1000;
  });
  expect_refused("no fresh ciphertext", [](Checked& c) { --c.program.values[0].level.value; });
}

TEST(Verify, FailsIfInputsOrOutputsAreMissing) {
  expect_refused("inputs are missing", [](Checked& c) { ++c.program.inputs; });
  expect_refused("no output", [](Checked& c) { c.program.outputs.clear(); });
  expect_refused("no ciphertext of degree 1", [](Checked& c) {
    c.program.outputs = {c.program.steps[c.find<op::SumOfSquares>()].first};
  });
  expect_refused("no ciphertext of degree 1", [](Checked& c) { c.program.outputs = {{9999999}}; });
}

}  // namespace
}  // namespace veilray::plan
