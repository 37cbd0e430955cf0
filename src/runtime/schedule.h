#pragma once
#include <cstdint>
#include <vector>

#include "plan/program.h"

namespace veilray::runtime {

/// When what runs. The steps of a wave do not depend on each other, and hoisted rotations by one
/// key follow each other; a value dies with the last wave that reads it.
struct Schedule {
  std::vector<std::vector<std::uint32_t>> waves;       // indices of steps
  std::vector<std::vector<plan::ValueId>> dead_after;  // per wave
};

Schedule schedule(const plan::Program& program);

}  // namespace veilray::runtime
