#include "plan/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

#include "ckks/flood.h"
#include "ckks/security.h"
#include "plan/answer.h"
#include "plan/cost.h"
#include "plan/depth.h"
#include "plan/key_search.h"
#include "plan/layout_search.h"

namespace veilray::plan {
namespace {

constexpr double kScale = 0x1p30;
/// Tried where a network erred at the usual scale: deep ones gather the rounding of many rescales.
/// Weights are encoded at scales as much lower, which costs less.
constexpr double kHighScale = 0x1p32;
/// Values may grow this much beyond what calibration saw before anything wraps.
constexpr double kRangeMargin = 6;
/// Tried where squares are stacked and erred at the usual scales: about what trained and random
/// networks' squares are larger by than the values themselves.
constexpr double kSquareDivisor = 64;
/// That parameters may have.
constexpr std::uint32_t kMostSpecialPrimes = 30;
constexpr std::uint32_t kFewSpecialPrimes = 8;
/// Plaintext scale of a last layer that is not rescaled: what its weights' rounding may cost, so
/// that the ciphertext keeps the rest.
constexpr double kLastPlainScale = 0x1p28;

std::uint32_t levels_needed(const std::vector<Stage>& stages) {
  std::uint32_t levels = 0;
  for (const Stage& stage : stages) levels += stage.levels();
  return levels;
}

/// Chain primes for a network of `levels` levels: two are left under the answer, and a last product
/// that is not rescaled needs no level.
std::uint32_t chain_primes(std::uint32_t levels, bool rescale_last) {
  return levels + (rescale_last ? 2 : 1);
}

/// A few rotations share a key.
constexpr double kKeysPerRotation = 0.25;

/// The secure number of special primes for which key switches in the middle of the chain, and
/// keys, are cheapest.
std::optional<ckks::Params> cheapest_params(std::uint32_t log_n, std::uint32_t chain) {
  std::optional<ckks::Params> best;
  double best_ms = std::numeric_limits<double>::infinity();
  for (std::uint32_t special = 1; special <= std::min(chain, kMostSpecialPrimes); ++special) {
    // Of the many, those that save a digit: parameters take a while to make.
    const auto digits = [&](std::uint32_t primes) { return (chain + primes - 1) / primes; };
    if (special > kFewSpecialPrimes && digits(special) == digits(special - 1)) continue;
    if ((chain + special) * kPrimeBits > ckks::max_log_qp(log_n)) break;
    auto params = ckks::Params::create({log_n, chain, special, kPrimeBits});
    if (!params.ok()) continue;
    const CostModel cost(params.value());
    const double ms = cost.rotate_ms({chain * 2 / 3}) +
                      kKeysPerRotation * cost.key_ms(params.value().max_level());
    if (ms < best_ms) best_ms = ms, best = std::move(params).value();
  }
  return best;
}

struct Attempt {
  double scale = kScale;  // of linear results
  double square_divisor = 1;
  bool composes_rotations = true;
};

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

/// Scales of the stages' linear results: one prime each, so that every square comes back to itself.
/// An answer that is not rescaled leaves as a product at level 1: that product, times the largest
/// logit, must fit two primes, so the last activation, or what stands in its place, comes down to
/// what is left.
void choose_scales(Plan& plan, const std::vector<Stage>& stages, const ckks::Params& params,
                   double largest_logit, const Attempt& attempt) {
  plan.input_scale = kScale;
  for (StagePlan& stage : plan.stages) stage.scale = attempt.scale;
  for (std::size_t s = 0; s < stages.size(); ++s)
    if (stages[s].stacks_squares && attempt.square_divisor != 1)
      lower_squares(plan, stages, s, attempt.square_divisor);
  if (plan.rescale_last || plan.stages.size() < 2) return;
  const double q = static_cast<double>(params.prime({0})) * params.prime({1});
  const double product = q / (2 * kRangeMargin * largest_logit);
  plan.stages.back().scale = product;
  const double activation_scale = product / kLastPlainScale;
  const bool squared = stages[stages.size() - 2].activation.has_value();
  plan.stages[plan.stages.size() - 2].scale =
      squared ? std::sqrt(activation_scale * params.prime({2})) : activation_scale;
}

/// An answer that is not rescaled lowers the scale of the stage before it, by the activation there;
/// through a gate that is not worked out.
bool may_leave_unscaled(const std::vector<Stage>& stages) {
  return stages.size() < 2 || !stages[stages.size() - 2].gates;
}

/// Nothing, if there is no packing.
std::optional<Plan> make_plan(const std::vector<Stage>& stages, const ckks::Params& params,
                              bool rescale_last, const SearchOptions& options) {
  const CostModel cost(params);
  auto packing = choose_packing(stages, cost, params.log_n() - 1, params.max_level());
  if (!packing) return std::nullopt;
  Plan plan;
  plan.params = params.spec();
  plan.input = std::move(packing->input);
  plan.stages = std::move(packing->stages);
  plan.rescale_last = rescale_last;
  plan.precision = options.precision;
  choose_scales(plan, stages, params, options.largest_logit, {});
  plan.keyed = choose_keys(step_needs(lower(stages, plan, params)), cost, params.slots());
  return plan;
}

/// In the order in which they are made. A rotation made of others carries the noise of several key
/// switches: last, each gets a key of its own.
std::vector<Attempt> attempts(const std::vector<Stage>& stages) {
  if (std::ranges::any_of(stages, &Stage::stacks_squares))
    return {{kScale, 1}, {kScale, kSquareDivisor}, {kScale, kSquareDivisor, false}};
  return {{kScale, 1}, {kHighScale, 1}, {kHighScale, 1, false}};
}

/// What is filled in once a plan is accepted.
Plan accepted(Plan plan, const Program& program, const TrialResult& result,
              const ckks::Params& params) {
  plan.predicted_error = result.max_error;
  plan.flood_bits = ckks::flood_bits_within(params, plan.precision / 4,
                                            program.type(program.outputs.front()).scale,
                                            answer_coefficients(program, plan, params));
  for (const Step& step : program.steps)
    plan.ranges.push_back(result.value_ranges[step.first.value]);
  return plan;
}

Failure too_large() {
  return {ErrorCode::kUnsupported, "the network is too large: its tensors fit no layout of ours",
          "parameter search", "use a smaller input or fewer channels or outputs"};
}

Failure too_coarse(double precision, double best_error) {
  if (best_error <= precision / 2)
    return {ErrorCode::kUnsupported,
            fmt::format("values grow beyond their modulus: errors of {:.1e} would do, but they "
                        "come within a factor 2 of it on the inputs tried",
                        best_error),
            "parameter search", "shrink the network's activations"};
  return {ErrorCode::kUnsupported,
          fmt::format("no secure parameters reach a precision of {:.1e}: the best found errs by "
                      "{:.1e} on the inputs tried, where at most half of it is allowed",
                      precision, best_error),
          "parameter search",
          "ask for less precision, calibrate on latents of films, or shrink the network's "
          "activations"};
}

}  // namespace

double headroom_bits(const Program& program, const std::vector<double>& value_ranges,
                     const ckks::Params& params) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t v = 0; v < program.values.size(); ++v) {
    const ValueType& type = program.values[v];
    if (value_ranges[v] <= 0) continue;
    double log_q = 0;
    for (std::uint32_t limb = 0; limb <= type.level.value; ++limb)
      log_q += std::log2(params.prime({limb}));
    least = std::min(least, log_q - 1 - std::log2(type.scale.value * value_ranges[v]));
  }
  return least;
}

Result<Plan> search(const std::vector<Stage>& stages, const SearchOptions& options,
                    const Trial& trial, Progress& progress) {
  if (stages.back().out_shape()[0] > kMaxOutputs) return too_large();
  const std::uint32_t levels = levels_needed(stages);
  double best_error = std::numeric_limits<double>::infinity();
  bool any_params = false, any_packing = false;
  std::size_t tried = 0;
  for (std::uint32_t log_n = 13; log_n <= 16; ++log_n)
    for (const bool rescale_last : {false, true}) {
      if (!rescale_last && !may_leave_unscaled(stages)) continue;
      auto params = cheapest_params(log_n, chain_primes(levels, rescale_last));
      if (!params) continue;
      any_params = true;
      progress.update("searching for parameters", tried++, 8);
      auto found = make_plan(stages, *params, rescale_last, options);
      if (!found) continue;
      any_packing = true;
      for (const Attempt& attempt : attempts(stages)) {
        choose_scales(*found, stages, *params, options.largest_logit, attempt);
        if (!attempt.composes_rotations) found->keyed = {};
        const Program program = lower(stages, *found, *params);
        const TrialResult result = trial(program, *found, *params);
        best_error = std::min(best_error, result.max_error);
        if (result.max_error > options.precision / 2 ||
            headroom_bits(program, result.value_ranges, *params) < 1)
          continue;
        progress.update("searching for parameters", 8, 8);
        return accepted(*std::move(found), program, result, *params);
      }
    }
  if (!any_params) return too_deep(levels);
  if (!any_packing) return too_large();
  return too_coarse(options.precision, best_error);
}

}  // namespace veilray::plan
