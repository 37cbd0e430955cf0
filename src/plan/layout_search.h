#pragma once
#include <optional>
#include <vector>

#include "plan/cost.h"
#include "plan/operator_prices.h"
#include "plan/plan.h"
#include "plan/stages.h"

namespace veilray::plan {

/// Layouts and splits for all stages, without scales, and the price they were chosen at.
struct Packing {
  Layout input;
  std::vector<StagePlan> stages;
  double price_ms = 0;  // with a key for every step: choose_keys finds out what can go
};

/// The cheapest packing among the candidates, by dynamic programming along the chain: the price of
/// a stage depends only on the layouts on its two sides, and on those of the results that its
/// shortcuts come from: until then a way is kept for each of their layouts. `first` is the level of
/// the input. Nothing, if a tensor is too large for every layout, or a layer for every pair of
/// them. `counted` may come from an earlier search, and goes on to the next.
std::optional<Packing> choose_packing(const std::vector<Stage>& stages, const CostModel& cost,
                                      std::uint32_t log_slots, ckks::Level first,
                                      CountedOperators& counted);
inline std::optional<Packing> choose_packing(const std::vector<Stage>& stages,
                                             const CostModel& cost, std::uint32_t log_slots,
                                             ckks::Level first) {
  CountedOperators counted;
  return choose_packing(stages, cost, log_slots, first, counted);
}

}  // namespace veilray::plan
