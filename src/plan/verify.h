#pragma once
#include <span>

#include "base/error.h"
#include "ckks/params.h"
#include "plan/program.h"

namespace veilray::plan {

/// The evaluation keys that a program may count on.
struct KeyList {
  std::span<const KeyedRotation> rotations;  // in order of steps
  ckks::Level relinearization;
};

/// What whoever runs a program relies on, worked out again and compared: single assignment, values
/// defined before they are read, operands of equal level, scale and degree, levels and scales that
/// fit the modulus, layers whose terms name each product once, a key for each rotation and
/// relinearisation. Fails with kMalformed, naming the first step that is wrong.
Status verify(const Program& program, const ckks::Params& params, const KeyList& keys);

}  // namespace veilray::plan
