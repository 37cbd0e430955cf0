#pragma once
// What the planner decided. Together with the fused network it determines the program, bit for bit.
#include <cstdint>
#include <string>
#include <vector>

#include "ckks/params.h"
#include "graph/graph.h"
#include "plan/program.h"
#include "plan/rotation_tree.h"
#include "plan/stages.h"

namespace veilray::plan {

/// The longest answer that a kit may announce.
inline constexpr std::int64_t kMaxOutputs = 4096;

/// For one stage.
struct StagePlan {
  Layout out;  // of its linear operator, before the pool
  StepSplit split;
  double scale = 0;  // of its linear operator's result
  std::vector<StepSplit> shortcuts = {};
};

struct Plan {
  ckks::ParamsSpec params;
  /// That one request carries: the plan is that of for_images(stages, images).
  std::uint32_t images = 1;
  Layout input;
  double input_scale = 0;
  std::vector<StagePlan> stages;
  /// Steps that have keys, of which others are made; none: a key for every step.
  StepSet keyed;
  /// Without, the answer leaves as a product at level 1 and keeps one prime fewer in the chain.
  bool rescale_last = true;
  /// Promised and measured on the calibration inputs, in units of a logit.
  double precision = 1e-3;
  double predicted_error = 0;
  /// The largest slot, rubbish included, that calibration saw: one for each step of the program.
  std::vector<double> ranges;
  /// Noise that the server adds to the answer, in [-2^b, 2^b) on each coefficient; 0 for none.
  std::uint32_t flood_bits = 0;
};

/// Emits the program. `params` must be `Params::create(plan.params)`.
/// Throws: Error if plan and stages do not fit each other.
Program lower(const std::vector<Stage>& stages, const Plan& plan, const ckks::Params& params);

/// Layout of the answer: [n, 1, 1], period = n rounded up to a power of two.
Layout output_layout(std::int64_t outputs, std::uint32_t log_slots);

}  // namespace veilray::plan
