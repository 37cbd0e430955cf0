#pragma once
#include <optional>
#include <vector>

#include "plan/cost.h"
#include "plan/plan.h"
#include "plan/stages.h"

namespace veilray::plan {

/// Layouts and splits for all stages, and the price they were chosen at.
struct Packing {
  Layout input;
  std::vector<Layout> out;
  std::vector<StepSplit> splits;
  double price_ms = 0;
};

/// The cheapest packing among the candidates, by dynamic programming along the chain: the price of
/// a stage depends only on the layouts on its two sides. `first` is the level of the input.
/// Nothing, if a tensor is too large for every layout, or a layer for every pair of them.
std::optional<Packing> choose_packing(const std::vector<Stage>& stages, const CostModel& cost,
                                      std::uint32_t log_slots, ckks::Level first);

/// Layouts worth trying for the result of a stage (or, for the input, before the first), all of
/// which make its pool free. `in_shape`: of the stage's input, whose grid the result may keep.
/// `group_sizes`: how many channels belong together, for the convolution before or after.
std::vector<Layout> candidate_layouts(const tensor::Shape& shape, const tensor::Shape& in_shape,
                                      std::int64_t pool,
                                      const std::vector<std::int64_t>& group_sizes,
                                      std::uint32_t log_slots);
std::vector<Layout> candidate_inputs(const tensor::Shape& shape, std::uint32_t log_slots);

}  // namespace veilray::plan
