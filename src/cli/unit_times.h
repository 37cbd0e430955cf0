#pragma once
// What the cost model's units take here, so that `inspect` and `run --trace` predict this machine.
#include "plan/cost.h"

namespace veilray::cli {

/// Times the kernels that plan::CostModel counts, at n = 2^14 on this thread: best of a few runs, a
/// tenth of a second and 64 MB in all. Plans are not made by these: a model compiled anywhere is
/// the same.
plan::UnitTimes measure_unit_times();

}  // namespace veilray::cli
