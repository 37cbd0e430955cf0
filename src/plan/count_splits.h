#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "plan/diagonals.h"
#include "plan/distance_sets.h"

namespace veilray::plan {

/// What a split costs: how often each kind of work is done.
struct SplitCost {
  std::uint32_t hoists = 0;    // inputs that are rotated at all
  std::uint32_t babies = 0;    // hoisted rotations
  std::uint32_t giants = 0;    // rotations of partial sums
  std::uint32_t sums = 0;      // outputs that have any
  std::uint32_t products = 0;  // plaintext products
  std::uint32_t keys = 0;      // distinct steps
};
struct CountedSplit {
  StepSplit split;
  SplitCost counts;
};
/// Every split there is, and what it costs. There must be distances.
std::vector<CountedSplit> count_splits(const DistanceSets& sets);

/// The first of the splits for which `price` is smallest.
CountedSplit cheapest(const std::vector<CountedSplit>& splits,
                      const std::function<double(const SplitCost&)>& price);

}  // namespace veilray::plan
