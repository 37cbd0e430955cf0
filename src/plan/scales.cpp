#include "plan/scales.h"

#include <cmath>
#include <numbers>

namespace veilray::plan {
namespace {

/// About every prime.
constexpr double kScale = 0x1p30;
/// Values may grow this much beyond what calibration saw before anything wraps.
constexpr double kRangeMargin = 6;
/// Plaintext scale of a last layer that is not rescaled: what its weights' rounding may cost, so
/// that the ciphertext keeps the rest.
constexpr double kLastPlainScale = 0x1p28;

/// Scales that leave the squares of stage s - 1's result at 2^30 / divisor: what is large stands at
/// a low scale, or the rounding of the weights that meet it weighs as much as they do. Stages
/// before give way a little for the same reason. The gate's factors make up for what its input
/// lost.
void lower_squares(Plan& plan, const std::vector<Stage>& stages, std::size_t s, double divisor) {
  for (std::size_t before = 0; before + 1 < s; ++before)
    if (stages[before].activation) plan.stages[before].scale = kScale / std::numbers::sqrt2;
  const bool squared = stages[s - 1].activation.has_value();
  plan.stages[s - 1].scale = kScale / std::pow(divisor, squared ? 0.25 : 0.5);
  for (std::size_t gate = s; gate < stages.size(); ++gate)
    if (stages[gate].gates == s - 1)
      plan.stages[gate].scale = kScale * std::pow(divisor, stages[gate].cubic ? 1.0 / 6 : 0.5);
}

/// Lets what stage s's activation is applied to stand at that scale: a gate's product does when its
/// factors come down, which are a cubic's third powers.
void bring_down(Plan& plan, const std::vector<Stage>& stages, std::size_t s, double scale) {
  double& own = plan.stages[s].scale;
  const Stage& stage = stages[s];
  if (!stage.gates) {
    own = scale;
    return;
  }
  const double power = stage.cubic ? 3 : 1;
  const double product = plan.stages[*stage.gates].scale * std::pow(own / kScale, power);
  own *= std::pow(scale / product, 1 / power);
}

}  // namespace

void choose_scales(Plan& plan, const std::vector<Stage>& stages, const ckks::Params& params,
                   double largest_logit, double square_divisor) {
  plan.input_scale = kScale;
  for (StagePlan& stage : plan.stages) stage.scale = kScale;
  for (std::size_t s = 0; s < stages.size(); ++s)
    if (stages[s].stacks_squares && square_divisor != 1)
      lower_squares(plan, stages, s, square_divisor);
  if (plan.rescale_last || plan.stages.size() < 2) return;
  const double q = static_cast<double>(params.prime({0})) * params.prime({1});
  const double product = q / (2 * kRangeMargin * largest_logit);
  plan.stages.back().scale = product;
  const double result = product / kLastPlainScale;  // of the stage before
  const std::size_t before = stages.size() - 2;
  const bool squared = stages[before].activation.has_value();
  bring_down(plan, stages, before, squared ? std::sqrt(result * params.prime({2})) : result);
}

}  // namespace veilray::plan
