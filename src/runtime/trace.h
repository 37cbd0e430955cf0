#pragma once
#include <string>
#include <vector>

#include "plan/program.h"

namespace veilray::runtime {

/// What each step of a program took, on whichever threads.
struct Trace {
  std::vector<double> step_ms;
};

/// CSV: step, op, level, log2 of the scale, milliseconds, predicted milliseconds.
std::string trace_csv(const plan::Program& program, const Trace& trace,
                      const std::vector<double>& predicted_ms);

}  // namespace veilray::runtime
