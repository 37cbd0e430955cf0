#include "plan/answer.h"

#include "ckks/compact.h"
#include "plan/noise.h"

namespace veilray::plan {

std::optional<std::uint32_t> compact_period(const Program& program, const Plan& plan,
                                            const ckks::Params& params) {
  constexpr double kDeviations = 6;
  const std::uint32_t period = plan.stages.back().out.period();
  const ValueType& answer = program.type(program.outputs.front());
  const double scale = ckks::compact_scale(params, answer.level, answer.scale).value;
  const double error = kDeviations * NoiseModel(params).compaction(period) / scale;
  const bool fits = ckks::compact_coefficients(period) <= params.n() / ckks::kLeastCompactRun;
  if (fits && error <= plan.precision / 4) return period;
  return std::nullopt;
}

std::uint32_t answer_coefficients(const Program& program, const Plan& plan,
                                  const ckks::Params& params) {
  const auto period = compact_period(program, plan, params);
  return period ? ckks::compact_coefficients(*period) : params.n();
}

}  // namespace veilray::plan
