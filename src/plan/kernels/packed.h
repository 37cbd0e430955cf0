#pragma once
#include <vector>

#include "plan/layout.h"
#include "plan/program.h"

namespace veilray::plan {

/// A tensor inside the program.
struct Packed {
  Layout layout;
  std::vector<ValueId> ciphertexts;
};

}  // namespace veilray::plan
