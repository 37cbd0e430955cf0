#include "plan/answer.h"

#include <gtest/gtest.h>

#include "ckks/compact.h"
#include "plan/models_testing.h"
#include "plan/noise.h"

namespace veilray::plan {
namespace {

TEST(Answer, LeavesCompactWhenTheRoundingCostsLittleOfThePrecision) {
  auto model = testing_models::tiny_loaded();
  auto& plan = model.model.plan;
  const auto& answer = model.program.type(model.program.outputs.front());
  const std::uint32_t period = plan.stages.back().out.period();
  const double error = 6 * NoiseModel(model.params).compaction(period) /
                       ckks::compact_scale(model.params, answer.level, answer.scale).value;
  plan.precision = 4.001 * error;
  EXPECT_EQ(compact_period(model.program, plan, model.params), period);
  EXPECT_EQ(answer_coefficients(model.program, plan, model.params),
            ckks::compact_coefficients(period));
  plan.precision = 3.999 * error;
  EXPECT_EQ(compact_period(model.program, plan, model.params), std::nullopt);
  EXPECT_EQ(answer_coefficients(model.program, plan, model.params), model.params.n());
}

}  // namespace
}  // namespace veilray::plan
