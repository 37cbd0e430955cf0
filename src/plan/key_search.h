#pragma once
// Which rotations get keys of their own, over the whole program: the others are made of them
// (rotation_tree.h).
#include <cstdint>
#include <vector>

#include "plan/cost.h"
#include "plan/program.h"
#include "plan/rotation_tree.h"

namespace veilray::plan {

/// Steps by which ciphertexts of one layer are rotated: all of them, by each of the steps.
struct StepNeed {
  enum class Kind : std::uint8_t { kBabies, kGiants, kFold };
  Kind kind = Kind::kBabies;
  std::vector<std::uint32_t> steps;  // without 0, ascending
  ckks::Level level;
  std::uint32_t ciphertexts = 1;
};
std::vector<StepNeed> step_needs(const Program& program);

/// Time and key bytes, weighed by `cost`, with keys for `keyed` only.
double rotations_price(const std::vector<StepNeed>& needs, const StepSet& keyed,
                       const CostModel& cost, std::uint32_t slots);

/// The steps for which that is least, as far as a local search finds from a key for every step,
/// from powers of two, and from what it finds where keys are dearer.
StepSet choose_keys(const std::vector<StepNeed>& needs, const CostModel& cost, std::uint32_t slots);

}  // namespace veilray::plan
