#pragma once
#include <chrono>
#include <concepts>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "plan/program.h"
#include "runtime/schedule.h"
#include "runtime/trace.h"

namespace veilray::runtime {

/// Something that can run slot operations. `prepare` is called by one thread, makes the results'
/// memory where it must, and says into how many parts the step falls; these, and the steps of a
/// wave, then run on any threads, in any order.
template <class B>
concept Backend = requires(B& backend, const plan::Step& step, std::size_t part, std::size_t worker,
                           std::span<const typename B::Value* const> operands,
                           std::span<typename B::Value> results, typename B::Value&& value) {
  { backend.prepare(step, operands, results) } -> std::convertible_to<std::size_t>;
  backend.run(step, part, operands, results, worker);
  backend.release(std::move(value));
};

/// Is shown each value once it is made, by one thread, before anything is released.
template <class Value>
using Observer = std::function<void(plan::ValueId, const Value&)>;

/// Runs `program`, wave by wave. Values are released as soon as nothing reads them any more.
/// `schedule` must be schedule(program); `inputs` one value per input of the program.
template <Backend B>
std::vector<typename B::Value> execute(const plan::Program& program, const Schedule& schedule,
                                       B& backend, std::vector<typename B::Value> inputs,
                                       ThreadPool& pool, Trace* trace = nullptr,
                                       const Observer<typename B::Value>& observe = {}) {
  using Value = typename B::Value;
  using Clock = std::chrono::steady_clock;
  std::vector<Value> values(program.values.size());
  std::mutex trace_mutex;
  if (trace != nullptr) trace->step_ms.assign(program.steps.size(), 0.0);

  struct Task {
    std::uint32_t step;
    std::size_t part;
  };
  std::vector<std::vector<const Value*>> operands(program.steps.size());
  for (std::size_t w = 0; w < schedule.waves.size(); ++w) {
    std::vector<Task> tasks;
    for (const std::uint32_t s : schedule.waves[w]) {
      const plan::Step& step = program.steps[s];
      const std::span<Value> results(&values[step.first.value], step.results);
      if (const auto* input = std::get_if<plan::op::Input>(&step.operation)) {
        results.front() = std::move(inputs.at(input->index));
        continue;
      }
      for (const auto id : plan::operands(step.operation)) operands[s].push_back(&values[id.value]);
      const std::size_t parts = backend.prepare(step, operands[s], results);
      for (std::size_t part = 0; part < parts; ++part) tasks.push_back({s, part});
    }
    pool.parallel_for(tasks.size(), [&](std::size_t t, std::size_t worker) {
      const auto [s, part] = tasks[t];
      const plan::Step& step = program.steps[s];
      const auto start = Clock::now();
      backend.run(step, part, operands[s],
                  std::span<Value>(&values[step.first.value], step.results), worker);
      if (trace == nullptr) return;
      const std::lock_guard lock(trace_mutex);
      trace->step_ms[s] += std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    });
    if (observe)
      for (const std::uint32_t s : schedule.waves[w])
        for (std::uint32_t r = 0; r < program.steps[s].results; ++r) {
          const plan::ValueId id{program.steps[s].first.value + r};
          observe(id, values[id.value]);
        }
    for (const auto id : schedule.dead_after[w]) backend.release(std::move(values[id.value]));
  }

  std::vector<Value> outputs;
  for (const auto id : program.outputs) outputs.push_back(std::move(values[id.value]));
  return outputs;
}

}  // namespace veilray::runtime
