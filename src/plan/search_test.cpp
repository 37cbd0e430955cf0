#include "plan/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ckks/flood.h"
#include "ckks/security.h"
#include "plan/answer.h"
#include "plan/networks_testing.h"

namespace veilray::plan {
namespace {

using ::testing::HasSubstr;

const std::vector<Stage>& tiny_stages() {
  static const auto made = stages(testing_networks::tiny_network()).value();
  return made;
}

/// Every candidate that a search offers, in order; `accept` says which trial succeeds.
struct Candidate {
  std::uint32_t log_n, chain;
  bool rescale_last;
  bool composes_rotations;
};
Result<Plan> search_until(std::vector<Candidate>& seen, double range,
                          const std::function<bool(const Candidate&)>& accept) {
  SilentProgress silent;
  return search(
      tiny_stages(), {.precision = 1e-3, .largest_logit = 4},
      [&](const Program& program, const Plan& plan, const ckks::Params& params) {
        seen.push_back({params.log_n(), plan.params.chain_primes, plan.rescale_last,
                        !plan.keyed.steps().empty()});
        EXPECT_EQ(params.security_bits(), 128U);
        return TrialResult{accept(seen.back()) ? 4e-4 : 0.5,
                           std::vector<double>(program.values.size(), range)};
      },
      silent);
}

TEST(Search, TriesSmallRingsFirstAndAProductThatLeavesWithoutARescale) {
  std::vector<Candidate> seen;
  const auto plan = search_until(seen, 1, [](const auto&) { return false; });
  ASSERT_FALSE(plan.ok());
  ASSERT_GE(seen.size(), 6U);
  EXPECT_EQ(seen[0].log_n, 13U);
  EXPECT_FALSE(seen[0].rescale_last);
  EXPECT_EQ(seen[0].chain, 4U);
  EXPECT_TRUE(seen[0].composes_rotations);
  EXPECT_TRUE(seen[1].rescale_last);
  EXPECT_EQ(seen[1].chain, 5U);
  EXPECT_TRUE(seen[1].composes_rotations);
  EXPECT_EQ(seen[2].chain, 4U) << "once more with a key for each rotation";
  EXPECT_FALSE(seen[2].composes_rotations);
  EXPECT_EQ(seen[3].chain, 5U);
  EXPECT_FALSE(seen[3].composes_rotations);
  EXPECT_EQ(seen.back().log_n, 16U);
  for (std::size_t i = 1; i < seen.size(); ++i) EXPECT_GE(seen[i].log_n, seen[i - 1].log_n);
}

TEST(Search, TakesTheFirstPlanWhoseTrialSucceeds) {
  std::vector<Candidate> seen;
  const auto plan =
      search_until(seen, 1, [](const auto& c) { return c.log_n == 14 && c.rescale_last; });
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan.value().params.log_n, 14U);
  EXPECT_TRUE(plan.value().rescale_last);
  EXPECT_EQ(plan.value().predicted_error, 4e-4);
}

TEST(Search, AcceptsNoPlanWhoseValuesComeNearTheirModulus) {
  std::vector<Candidate> seen;
  const auto plan = search_until(seen, 0x1p40, [](const auto&) { return true; });
  EXPECT_FALSE(plan.ok());
  EXPECT_GE(seen.size(), 4U) << "wide values must not stop the search";
}

TEST(Search, TriesLargeSquaresAtALowScaleToo) {
  const auto made = stages(testing_networks::attentive_network(5, true)).value();
  std::vector<double> scales;
  SilentProgress silent;
  const auto plan = search(
      made, {.precision = 1e-3, .largest_logit = 4},
      [&](const Program& program, const Plan& tried, const ckks::Params&) {
        scales.push_back(tried.stages[0].scale);
        return TrialResult{scales.size() == 2 ? 4e-4 : 0.5,
                           std::vector<double>(program.values.size(), 1)};
      },
      silent);
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(scales.size(), 2U);
  EXPECT_EQ(scales[0], 0x1p30);
  EXPECT_LT(scales[1], 0x1p29);
  EXPECT_EQ(plan.value().stages[0].scale, scales[1]);
}

TEST(Search, FloodsByAQuarterOfThePrecision) {
  std::vector<Candidate> seen;
  const auto plan = search_until(seen, 1, [](const auto&) { return true; }).value();
  const auto params = ckks::Params::create(plan.params).value();
  const auto program = lower(tiny_stages(), plan, params);
  const auto scale = program.type(program.outputs[0]).scale;
  EXPECT_EQ(plan.flood_bits, ckks::flood_bits_within(params, 2.5e-4, scale,
                                                     answer_coefficients(program, plan, params)));
  EXPECT_GT(plan.flood_bits, 0U);
}

TEST(Search, NamesThePrecisionAskedForAndTheBestFound) {
  std::vector<Candidate> seen;
  const auto plan = search_until(seen, 1, [](const auto&) { return false; });
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.failure().code, ErrorCode::kUnsupported);
  EXPECT_THAT(plan.failure().what, HasSubstr("1.0e-03"));
  EXPECT_THAT(plan.failure().what, HasSubstr("5.0e-01"));
}

TEST(Headroom, IsTheLeastRoomBelowHalfTheModulusInBits) {
  const auto params = ckks::Params::create({13, 3, 1, 30}).value();
  Program program;
  const auto kind = ValueType::Kind::kCiphertext;
  program.values = {{kind, 1, {2}, {0x1p60}}, {kind, 1, {0}, {0x1p20}}, {kind, 1, {1}, {0x1p30}}};
  const double q0 = params.log_q({0}), q2 = params.log_q({2});
  EXPECT_NEAR(headroom_bits(program, {4, 8, 1}, params), q0 - 1 - 23, 1e-9);
  EXPECT_NEAR(headroom_bits(program, {0x1p25, 8, 1}, params), q2 - 1 - 85, 1e-9);
  EXPECT_NEAR(headroom_bits(program, {4, 0, 0}, params), q2 - 1 - 62, 1e-9)
      << "a value that is always zero needs no room";
}

}  // namespace
}  // namespace veilray::plan
