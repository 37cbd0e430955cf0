#include "plan/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "ckks/flood.h"
#include "plan/answer.h"
#include "plan/depth.h"
#include "plan/key_search.h"
#include "plan/layout_search.h"
#include "plan/params_search.h"
#include "plan/scales.h"

namespace veilray::plan {
namespace {

/// Tried where a network erred at the usual scale: deep ones gather the rounding of many rescales.
/// Weights are encoded at scales as much lower, which costs less.
constexpr double kHighScale = 0x1p31;
/// Tried where squares are stacked and erred at the usual scales: about what trained and random
/// networks' squares are larger by than the values themselves.
constexpr double kSquareDivisor = 64;

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

struct Attempt {
  ScaleChoice scales;
  bool composes_rotations = true;
};

struct Candidate {
  ckks::Params params;
  Plan plan;
};

/// Nothing, if there is no packing.
std::optional<Candidate> pack(const std::vector<Stage>& stages, const ckks::ParamsSpec& spec,
                              bool rescale_last, const SearchOptions& options,
                              CountedOperators& counted) {
  auto params = ckks::Params::create(spec);
  if (!params.ok()) return std::nullopt;
  Candidate made{std::move(params).value(), {}};
  const CostModel cost(spec);
  auto packing = choose_packing(stages, cost, spec.log_n - 1, made.params.max_level(), counted);
  if (!packing) return std::nullopt;
  made.plan.params = spec;
  made.plan.input = std::move(packing->input);
  made.plan.stages = std::move(packing->stages);
  made.plan.rescale_last = rescale_last;
  made.plan.precision = options.precision;
  made.plan.images = options.images;
  choose_scales(made.plan, stages, made.params, options.largest_logit, {});
  made.plan.keyed =
      choose_keys(step_needs(lower(stages, made.plan, made.params)), cost, made.params.slots());
  return made;
}

/// With the parameters that its own program is cheapest with: which they are shows only once there
/// is one.
std::optional<Candidate> pack_twice(const std::vector<Stage>& stages, const ckks::ParamsSpec& spec,
                                    bool rescale_last, const SearchOptions& options,
                                    CountedOperators& counted) {
  auto first = pack(stages, spec, rescale_last, options, counted);
  if (!first) return std::nullopt;
  const Program program = lower(stages, first->plan, first->params);
  const auto better = cheapest_spec(spec.log_n, spec.chain_primes, [&](const CostModel& cost) {
    return program_price(program, cost);
  });
  if (!better || *better == spec) return first;
  auto second = pack(stages, *better, rescale_last, options, counted);
  return second ? std::move(second) : std::move(first);
}

/// In the order in which they are made. A rotation made of others carries the noise of several key
/// switches: last, each gets a key of its own.
std::vector<Attempt> attempts(const std::vector<Stage>& stages) {
  if (std::ranges::any_of(stages, &Stage::stacks_squares))
    return {{}, {{.square_divisor = kSquareDivisor}}, {{.square_divisor = kSquareDivisor}, false}};
  return {{}, {{.linear = kHighScale}}, {{.linear = kHighScale}, false}};
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

Failure too_many(std::uint32_t images) {
  return {ErrorCode::kUnsupported,
          fmt::format("{} images of this network fit no ciphertext", images), "parameter search",
          "give fewer, or one"};
}

Failure too_coarse(const SearchOptions& options, double best_error) {
  if (best_error <= options.tolerance())
    return {ErrorCode::kUnsupported,
            fmt::format("values grow beyond their modulus: errors of {:.1e} would do, but they "
                        "come within a factor 2 of it on the inputs tried",
                        best_error),
            "parameter search", "shrink the network's activations"};
  return {ErrorCode::kUnsupported,
          fmt::format("no secure parameters reach a precision of {:.1e}: the best found errs by "
                      "{:.1e} on the inputs tried, where at most half of it is allowed",
                      options.precision, best_error),
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
  if (stages.back().out_shape()[0] > kMaxOutputs)
    return options.images > 1 ? too_many(options.images) : too_large();
  const std::uint32_t levels = levels_needed(stages);
  double best_error = std::numeric_limits<double>::infinity();
  bool any_params = false, any_packing = false;
  std::size_t tried = 0;
  CountedOperators counted;
  for (std::uint32_t log_n = 13; log_n <= 16; ++log_n)
    for (const bool rescale_last : {false, true}) {
      const std::uint32_t chain = chain_primes(levels, rescale_last);
      const auto spec = cheapest_spec(log_n, chain, [&](const CostModel& cost) {
        return stages_price(stages, {chain - 1}, cost);
      });
      if (!spec) continue;
      any_params = true;
      progress.update("searching for parameters", tried++, 8);
      auto found = pack_twice(stages, *spec, rescale_last, options, counted);
      if (!found || (options.images > 1 && found->plan.input.ciphertexts() > 1)) continue;
      any_packing = true;
      auto& [params, plan] = *found;
      for (const Attempt& attempt : attempts(stages)) {
        choose_scales(plan, stages, params, options.largest_logit, attempt.scales);
        if (!attempt.composes_rotations) plan.keyed = {};
        const Program program = lower(stages, plan, params);
        const TrialResult result = trial(program, plan, params);
        best_error = std::min(best_error, result.max_error);
        if (result.max_error > options.tolerance() ||
            headroom_bits(program, result.value_ranges, params) < 1)
          continue;
        progress.update("searching for parameters", 8, 8);
        return accepted(std::move(plan), program, result, params);
      }
    }
  if (!any_params) return too_deep(levels);
  if (!any_packing) return options.images > 1 ? too_many(options.images) : too_large();
  return too_coarse(options, best_error);
}

}  // namespace veilray::plan
