#pragma once
// What the cost model's units take here, so that `inspect` and `run --trace` predict this machine.
#include "ckks/params.h"
#include "plan/cost.h"

namespace veilray::cli {

/// Times the kernels that plan::CostModel counts, in the ring of `params` on this thread: the
/// median of a few runs, over 64 MB where keys and weights are read from memory, 16 MB where
/// ciphertexts are. Then a rotation by several keys in turn, at the top level, for what the sum of
/// its parts lacks.
plan::UnitTimes measure_unit_times(const ckks::Params& params);

}  // namespace veilray::cli
