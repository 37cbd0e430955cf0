#pragma once
// Programs to run in tests.
#include <cstdint>

#include "ckks/toy_params.h"
#include "plan/networks_testing.h"
#include "plan/plan.h"
#include "plan/stages.h"

namespace veilray::runtime {

/// A small network of random layers, packed at random.
inline plan::Program some_program(std::uint64_t seed) {
  const auto stages = plan::stages(plan::testing_networks::random_small_network(seed)).value();
  plan::testing_networks::Draw draw(seed);
  const auto plan = plan::testing_networks::random_plan(draw, stages, 9);
  return plan::lower(stages, plan, ckks::testing::toy_params(plan.params).value());
}

}  // namespace veilray::runtime
