#pragma once
#include "plan/builder.h"
#include "plan/kernels/packed.h"

namespace veilray::plan::kernels {

/// Any linear operator (conv2d with groups, stride and padding; dense layers; pools that are not
/// free) by diagonals, baby steps and giant steps. `in` must stand in `layer.matrix.in`. Levels:
/// one if `rescale`, else none. Scale: in scale * plain_scale (/ q_l). Slots that hold no output
/// element come out as zero (kFolded: as copies).
Packed linear(Builder& builder, const Packed& in, LinearLayer layer, ckks::Scale plain_scale,
              bool rescale);

}  // namespace veilray::plan::kernels
