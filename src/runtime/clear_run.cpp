#include "runtime/clear_run.h"

#include "runtime/execute.h"

namespace veilray::runtime {

std::vector<double> ClearRun::logits(const tensor::Tensor& input, std::int64_t outputs) {
  auto slots = plan::pack(input, plan_.input);
  for (auto& ciphertext : slots) backend_.add_fresh_noise(ciphertext, {plan_.input_scale});
  ThreadPool alone(1);
  const auto answer = execute(program_, schedule_, backend_, std::move(slots), alone);
  return {answer.front().begin(), answer.front().begin() + outputs};
}

}  // namespace veilray::runtime
