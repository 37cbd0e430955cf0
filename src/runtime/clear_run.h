#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "plan/plan.h"
#include "runtime/clear_backend.h"
#include "runtime/schedule.h"
#include "tensor/tensor.h"

namespace veilray::runtime {

/// A program in clear slots, ready for any number of inputs.
class ClearRun {
 public:
  /// The first three must outlive the run; `similar` as ClearConstants has it.
  ClearRun(const plan::Program& program, const plan::Plan& plan, ThreadPool& pool,
           ClearConstants similar = {})
      : program_(program),
        plan_(plan),
        pool_(pool),
        schedule_(schedule(program)),
        constants_(program, pool, std::move(similar)),
        backend_(program, constants_) {}

  void simulate_noise(const plan::NoiseModel& model, std::uint64_t seed) {
    backend_.simulate_noise(model, seed);
  }

  /// Input [c, h, w] as the plan's input layout has it; result: the logits.
  std::vector<double> logits(const tensor::Tensor& input, std::int64_t outputs);

  /// The slots of every value on the way to the logits, by its number.
  std::vector<std::vector<double>> values(const tensor::Tensor& input);

  /// Shared with the run.
  const ClearConstants& constants() const noexcept { return constants_; }
  /// Largest slot of every value, over all runs so far.
  const std::vector<double>& ranges() const noexcept { return backend_.ranges(); }

 private:
  std::vector<std::vector<double>> inputs(const tensor::Tensor& input);

  const plan::Program& program_;
  const plan::Plan& plan_;
  ThreadPool& pool_;
  Schedule schedule_;
  ClearConstants constants_;
  ClearBackend backend_;
};

}  // namespace veilray::runtime
