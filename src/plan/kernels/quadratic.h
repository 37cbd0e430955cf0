#pragma once
#include "plan/builder.h"
#include "plan/kernels/packed.h"
#include "plan/stages.h"

namespace veilray::plan::kernels {

/// x^2 + b x + c in every slot, summed over pool x pool windows in the same breath: squares are
/// added before they are relinearised, so a window costs one key switch and one rescale, not one
/// each per element. Levels: one. Scale: in scale^2 / q_l. Throws: Error{kInvalidArgument} if the
/// layout does not make the pool free.
Packed quadratic(Builder& builder, const Packed& in, const MonicQuadratic& f, std::int64_t pool);

/// The sums over windows alone. Levels: none.
Packed sum_pool(Builder& builder, const Packed& in, std::int64_t pool);

}  // namespace veilray::plan::kernels
