#pragma once
#include <vector>

#include "plan/builder.h"
#include "plan/kernels/packed.h"

namespace veilray::plan::kernels {

/// A linear operator on a tensor that stands in `layer.matrix.in`.
struct LinearTerm {
  Packed in;
  LinearLayer layer;
  ckks::Scale plain_scale;
};

/// The sum of linear operators (conv2d with groups, stride and padding; dense layers; pools that
/// are not free) that give one layout, by diagonals, baby steps and giant steps. The products are
/// summed before they are rescaled: all terms must be at one level, and in scale * plain_scale must
/// be equal. A bias is the first term's. Levels: one if `rescale`, else none. Scale: in scale *
/// plain_scale (/ q_l). Slots that hold no output element come out as zero (kFolded: as copies).
Packed linear(Builder& builder, std::vector<LinearTerm> terms, bool rescale);
/// One operator.
Packed linear(Builder& builder, const Packed& in, LinearLayer layer, ckks::Scale plain_scale,
              bool rescale);

}  // namespace veilray::plan::kernels
