#include "runtime/clear_run.h"

#include "runtime/execute.h"

namespace veilray::runtime {

std::vector<std::vector<double>> ClearRun::inputs(const tensor::Tensor& input) {
  auto slots = plan::pack(input, plan_.input);
  backend_.begin_run();
  for (std::uint32_t ct = 0; ct < slots.size(); ++ct)
    backend_.add_fresh_noise(slots[ct], ct, {plan_.input_scale});
  return slots;
}

std::vector<std::vector<double>> ClearRun::values(const tensor::Tensor& input) {
  std::vector<std::vector<double>> values(program_.values.size());
  (void)execute(
      program_, schedule_, backend_, inputs(input), pool_, nullptr,
      [&](plan::ValueId id, const ClearBackend::Value& value) { values[id.value] = value; });
  return values;
}

std::vector<double> ClearRun::logits(const tensor::Tensor& input, std::int64_t outputs) {
  const auto answer = execute(program_, schedule_, backend_, inputs(input), pool_);
  return {answer.front().begin(), answer.front().begin() + outputs};
}

}  // namespace veilray::runtime
