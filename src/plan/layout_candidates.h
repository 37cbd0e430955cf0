#pragma once
#include <cstdint>
#include <vector>

#include "plan/layout.h"

namespace veilray::plan {

/// Layouts worth trying for the result of a stage (or, for the input, before the first), all of
/// which make its pool free. `in_shape`: of the stage's input, whose grid the result may keep.
/// `group_sizes`: how many channels belong together, for the convolution before or after.
/// `dilation`: log2 of the strides so far, for layouts that leave what was stepped over empty, or
/// to channels.
std::vector<Layout> candidate_layouts(const tensor::Shape& shape, const tensor::Shape& in_shape,
                                      std::int64_t pool,
                                      const std::vector<std::int64_t>& group_sizes,
                                      std::uint32_t dilation, std::uint32_t log_slots);
/// For the network's input, of which one output of the first layer mixes `mixed` channels.
std::vector<Layout> candidate_inputs(const tensor::Shape& shape, std::int64_t mixed,
                                     std::uint32_t log_slots);

}  // namespace veilray::plan
