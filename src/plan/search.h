#pragma once
// The smallest secure parameters, and the cheapest packing, that reach an asked precision.
#include <functional>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "ckks/params.h"
#include "plan/plan.h"
#include "plan/stages.h"

namespace veilray::plan {

struct SearchOptions {
  double precision = 1e-3;  // of a logit, absolute
  double largest_logit = 16;
  std::uint32_t images = 1;  // that one ciphertext is to carry

  /// What a trial may err by: as much is left for inputs that were not tried.
  double tolerance() const { return precision / 2; }
};

/// What a trial run of a candidate program in clear slots, with simulated noise, says.
struct TrialResult {
  double max_error = 0;  // one beyond the tolerance will do: nothing else is looked at then
  std::vector<double> value_ranges;  // per value of the program
};
using Trial = std::function<TrialResult(const Program&, const Plan&, const ckks::Params&)>;

/// `stages`: for_images(stages, options.images) of a network. Tries candidates from the cheapest
/// on; a plan is accepted when its trial errs by at most half of the precision and no value comes
/// near its modulus. A quarter of the precision goes into flooding the answer. Fails with
/// kUnsupported if the network needs more levels than any secure parameters have (saying how many
/// of each), or reaches the precision nowhere.
Result<Plan> search(const std::vector<Stage>& stages, const SearchOptions& options,
                    const Trial& trial, Progress& progress);

/// log2 of the room between the largest value and half the modulus, over all values; below 1 is
/// refused.
double headroom_bits(const Program& program, const std::vector<double>& value_ranges,
                     const ckks::Params& params);

}  // namespace veilray::plan
