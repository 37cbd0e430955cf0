#pragma once
#include "plan/builder.h"
#include "plan/kernels/packed.h"
#include "plan/stages.h"

namespace veilray::plan::kernels {

/// x^3 + b x + c in every slot, as (x^2 + b) x + c. Levels: two.
Packed cubic(Builder& builder, const Packed& in, const MonicCubic& f);

/// What `stack_squares` divides by, a power of two: large values that come at a low scale leave
/// squares at a lower one, and the values themselves need not.
double square_divisor(const Builder& builder, const Packed& in);
/// A tensor and, as further channels, its square / square_divisor (stacked_layout), all at the same
/// scale, about 2^30. Levels: one.
Packed stack_squares(Builder& builder, const Packed& in);

/// in * factors + shift, slot by slot: both in one layout, `in` at the level of `factors` or above.
/// Levels: one below `factors`. Throws: Error{kInvalidArgument} if the layouts differ.
Packed gate(Builder& builder, const Packed& in, const Packed& factors, double shift = 0.0);

}  // namespace veilray::plan::kernels
