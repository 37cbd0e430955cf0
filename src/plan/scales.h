#pragma once
// At which scale each stage's linear result stands.
#include <vector>

#include "ckks/params.h"
#include "plan/plan.h"
#include "plan/stages.h"

namespace veilray::plan {

/// Fills in `plan.input_scale` and the stages' scales: one prime each, so that every square comes
/// back to itself, but for
/// - stacked squares, which come to 2^30 / square_divisor, and what leads to them;
/// - an answer that is not rescaled (plan.rescale_last): it leaves as a product at level 1, which
///   times `largest_logit` must fit two primes, so the last activation, or what stands in its
///   place, comes down to what is left.
void choose_scales(Plan& plan, const std::vector<Stage>& stages, const ckks::Params& params,
                   double largest_logit, double square_divisor = 1);

}  // namespace veilray::plan
