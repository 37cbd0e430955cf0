#pragma once
// What the cost model's units take here, so that `inspect` and `run --trace` predict this machine.
#include "plan/cost.h"

namespace veilray::cli {

/// Times the kernels that plan::CostModel counts, at n = 2^14 on this thread: best of a few runs,
/// over 64 MB where they read from memory. Plans are not made by these: a model compiled anywhere
/// is the same.
plan::UnitTimes measure_unit_times();

}  // namespace veilray::cli
