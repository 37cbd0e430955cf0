#include "runtime/trace.h"

#include <fmt/format.h>

#include <cmath>

namespace veilray::runtime {

std::string trace_csv(const plan::Program& program, const Trace& trace,
                      const std::vector<double>& predicted_ms,
                      const std::vector<double>& step_error) {
  std::string out = "step,op,level,scale_log2,ms,predicted_ms,error_log2\n";
  for (std::size_t s = 0; s < program.steps.size(); ++s) {
    const auto& type = program.type(program.steps[s].first);
    const double error = step_error.at(s);
    out += fmt::format("{},{},{},{:.3f},{:.4f},{:.4f},{}\n", s,
                       plan::op_name(program.steps[s].operation), type.level.value,
                       std::log2(type.scale.value), trace.step_ms.at(s), predicted_ms.at(s),
                       std::isnan(error) ? "" : fmt::format("{:.2f}", std::log2(error)));
  }
  return out;
}

}  // namespace veilray::runtime
