#pragma once
#include <functional>
#include <string>
#include <vector>

#include "ckks/ciphertext.h"
#include "plan/program.h"

namespace veilray::runtime {

/// What each step of a program took, on whichever threads, and whoever helped them.
struct Trace {
  std::vector<double> step_ms;
  /// If there is one, it is shown every ciphertext as soon as it is made.
  std::function<void(plan::ValueId, const ckks::Ciphertext&)> on_ciphertext;
};

/// CSV: step, op, level, log2 of the scale, milliseconds, predicted milliseconds, and log2 of the
/// largest error of a slot against the clear run: empty where `step_error` is no number.
std::string trace_csv(const plan::Program& program, const Trace& trace,
                      const std::vector<double>& predicted_ms,
                      const std::vector<double>& step_error);

}  // namespace veilray::runtime
