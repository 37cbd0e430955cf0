#include "plan/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
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

constexpr std::uint32_t kFewestLogN = 13, kMostLogN = 16;
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
  bool composes_rotations = true;
  bool rescale_last = false;
  double square_divisor = 1;  // of stacked squares: see choose_scales
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
  choose_scales(made.plan, stages, made.params, options.largest_logit);
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
/// switches: last, each gets a key of its own, which makes several times as many.
std::vector<Attempt> attempts(const std::vector<Stage>& stages) {
  std::vector<double> divisors{1};
  if (std::ranges::any_of(stages, &Stage::stacks_squares)) divisors.push_back(kSquareDivisor);
  std::vector<Attempt> attempts;
  for (const bool composes_rotations : {true, false})
    for (const bool rescale_last : {false, true})
      for (const double divisor : divisors)
        attempts.push_back({composes_rotations, rescale_last, divisor});
  return attempts;
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

class Search {
 public:
  Search(const std::vector<Stage>& stages, const SearchOptions& options, const Trial& trial)
      : stages_(stages), options_(options), trial_(trial), levels_(levels_needed(stages)) {}

  Result<Plan> run(Progress& progress) {
    const std::vector<Attempt> order = attempts(stages_);
    const std::size_t most = (kMostLogN - kFewestLogN + 1) * order.size();
    std::size_t tried = 0;
    for (std::uint32_t log_n = kFewestLogN; log_n <= kMostLogN; ++log_n) {
      std::map<bool, std::optional<Candidate>> packed;  // by rescale_last
      for (const Attempt& attempt : order) {
        progress.update("searching for parameters", tried++, most);
        const auto [at, is_new] = packed.try_emplace(attempt.rescale_last);
        if (is_new) at->second = candidate(log_n, attempt.rescale_last);
        if (!at->second) continue;
        auto plan = planned(*at->second, attempt);
        if (!plan) continue;
        progress.update("searching for parameters", most, most);
        return *std::move(plan);
      }
    }
    if (!any_params_) return too_deep(levels_);
    if (!any_packing_) return options_.images > 1 ? too_many(options_.images) : too_large();
    return too_coarse(options_, best_error_);
  }

 private:
  std::optional<Candidate> candidate(std::uint32_t log_n, bool rescale_last) {
    const std::uint32_t chain = chain_primes(levels_, rescale_last);
    const auto spec = cheapest_spec(log_n, chain, [&](const CostModel& cost) {
      return stages_price(stages_, {chain - 1}, cost);
    });
    if (!spec) return std::nullopt;
    any_params_ = true;
    auto found = pack_twice(stages_, *spec, rescale_last, options_, counted_);
    if (!found || (options_.images > 1 && found->plan.input.ciphertexts() > 1)) return std::nullopt;
    any_packing_ = true;
    return found;
  }

  /// The candidate's plan, changed as the attempt says, if it computes precisely enough.
  std::optional<Plan> planned(Candidate& candidate, const Attempt& attempt) {
    auto& [params, plan] = candidate;
    choose_scales(plan, stages_, params, options_.largest_logit, attempt.square_divisor);
    if (!attempt.composes_rotations) plan.keyed = {};
    const Program program = lower(stages_, plan, params);
    const TrialResult result = trial_(program, plan, params);
    best_error_ = std::min(best_error_, result.max_error);
    if (result.max_error > options_.tolerance() ||
        headroom_bits(program, result.value_ranges, params) < 1)
      return std::nullopt;
    return accepted(plan, program, result, params);
  }

  const std::vector<Stage>& stages_;
  const SearchOptions& options_;
  const Trial& trial_;
  std::uint32_t levels_;
  double best_error_ = std::numeric_limits<double>::infinity();
  bool any_params_ = false, any_packing_ = false;
  CountedOperators counted_;
};

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
  return Search(stages, options, trial).run(progress);
}

}  // namespace veilray::plan
