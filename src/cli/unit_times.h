#pragma once
// What the cost model's units take here, so that `inspect` and `run --trace` predict this machine.
#include <cstdint>

#include "plan/cost.h"

namespace veilray::cli {

/// Times the kernels that plan::CostModel counts, in a ring of degree 2^log_n on this thread: best
/// of a few runs, over 64 MB where keys and weights are read from memory, 16 MB where ciphertexts
/// are.
plan::UnitTimes measure_unit_times(std::uint32_t log_n);

}  // namespace veilray::cli
