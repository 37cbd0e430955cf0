#pragma once
// In which form an answer leaves the server.
#include <cstdint>
#include <optional>

#include "ckks/params.h"
#include "plan/plan.h"
#include "plan/program.h"

namespace veilray::plan {

/// The period of the answer's slots, if it leaves compact: when six deviations of the rounding that
/// this costs stay below a quarter of the plan's precision. Otherwise it leaves in full.
std::optional<std::uint32_t> compact_period(const Program& program, const Plan& plan,
                                            const ckks::Params& params);

/// Coefficients of the answer that its slots depend on, as the client sees it.
std::uint32_t answer_coefficients(const Program& program, const Plan& plan,
                                  const ckks::Params& params);

}  // namespace veilray::plan
