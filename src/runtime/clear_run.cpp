#include "runtime/clear_run.h"

#include "runtime/execute.h"

namespace veilray::runtime {

std::vector<double> ClearRun::logits(const tensor::Tensor& input, std::int64_t outputs) {
  auto slots = plan::pack(input, plan_.input);
  backend_.begin_run();
  for (std::uint32_t ct = 0; ct < slots.size(); ++ct)
    backend_.add_fresh_noise(slots[ct], ct, {plan_.input_scale});
  const auto answer = execute(program_, schedule_, backend_, std::move(slots), pool_);
  return {answer.front().begin(), answer.front().begin() + outputs};
}

}  // namespace veilray::runtime
