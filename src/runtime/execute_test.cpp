#include "runtime/execute.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>

#include "runtime/programs_testing.h"

namespace veilray::runtime {
namespace {

/// Numbers for values: a result is one more than the sum of what it is made of. Products fall into
/// three parts.
struct Counting {
  using Value = double;
  static constexpr std::size_t kParts = 3;
  std::atomic<int> released{0};

  std::size_t prepare(const plan::Step& step, std::span<const Value* const>,
                      std::span<Value> results) {
    if (!std::holds_alternative<plan::op::ProductSums>(step.operation)) return 1;
    std::fill(results.begin(), results.end(), 0.0);
    return kParts;
  }
  void run(const plan::Step& step, std::size_t part, std::span<const Value* const> operands,
           std::span<Value> results, std::size_t) {
    if (part > 0) return;  // its share of the work is nothing here
    double sum = 1;
    for (const Value* operand : operands) sum += *operand;
    EXPECT_EQ(results.size(), step.results);
    for (Value& result : results) result = sum * 1e-3;
  }
  void release(Value&& value) {
    ++released;
    value = NAN;  // whoever reads it now will show it
  }
};

/// One step after the other, nothing released.
double by_hand(const plan::Program& program, const std::vector<double>& inputs) {
  std::vector<double> values(program.values.size());
  for (const auto& step : program.steps) {
    double sum = 1;
    for (const auto id : plan::operands(step.operation)) sum += values[id.value];
    sum *= 1e-3;
    if (const auto* input = std::get_if<plan::op::Input>(&step.operation))
      sum = inputs[input->index];
    for (std::uint32_t r = 0; r < step.results; ++r) values[step.first.value + r] = sum;
  }
  return values[program.outputs.front().value];
}

TEST(Execute, GivesWhatTheStepsGiveInOrderOnAnyNumberOfThreads) {
  for (std::uint64_t seed = 0; seed < 5; ++seed)
    for (const std::size_t threads : {1U, 2U, 5U}) {
      const auto program = some_program(seed);
      std::vector<double> inputs;
      for (std::uint32_t i = 0; i < program.inputs; ++i) inputs.push_back(0.25 * i + 1);
      Counting backend;
      ThreadPool pool(threads);
      const auto outputs = execute(program, schedule(program), backend, inputs, pool);
      ASSERT_EQ(outputs.size(), 1U);
      EXPECT_EQ(outputs.front(), by_hand(program, inputs)) << "seed " << seed;
      EXPECT_EQ(backend.released, static_cast<int>(program.values.size() - 1));
    }
}

TEST(Execute, TimesEveryStepButTheInputs) {
  const auto program = some_program(1);
  Counting backend;
  ThreadPool pool(2);
  Trace trace;
  execute(program, schedule(program), backend, std::vector<double>(program.inputs, 1.0), pool,
          &trace);
  ASSERT_EQ(trace.step_ms.size(), program.steps.size());
  for (std::size_t s = 0; s < trace.step_ms.size(); ++s)
    EXPECT_EQ(trace.step_ms[s] > 0,
              !std::holds_alternative<plan::op::Input>(program.steps[s].operation))
        << plan::op_name(program.steps[s].operation);
}

TEST(Execute, ShowsEveryValueOnceBeforeItIsReleased) {
  const auto program = some_program(1);
  Counting backend;
  ThreadPool pool(2);
  std::vector<int> seen(program.values.size());
  execute(program, schedule(program), backend, std::vector<double>(program.inputs, 1.0), pool,
          nullptr, [&](plan::ValueId id, double value) {
            EXPECT_FALSE(std::isnan(value));
            ++seen[id.value];
          });
  EXPECT_EQ(seen, std::vector<int>(program.values.size(), 1));
}

TEST(TraceCsv, HasALineForEachStep) {
  const auto program = some_program(1);
  Trace trace;
  std::vector<double> predicted;
  for (std::size_t s = 0; s < program.steps.size(); ++s) {
    trace.step_ms.push_back(static_cast<double>(s) * 0.5);
    predicted.push_back(static_cast<double>(s));
  }
  std::vector<double> errors(program.steps.size(), 0.25);
  errors[1] = std::numeric_limits<double>::quiet_NaN();
  const std::string csv = trace_csv(program, trace, predicted, errors);
  EXPECT_EQ(static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n')),
            program.steps.size() + 1);
  const std::string level = std::to_string(program.values[0].level.value);
  EXPECT_EQ(csv.rfind("step,op,level,scale_log2,ms,predicted_ms,error_log2\n0,input," + level +
                          ",30.000,0.0000,0.0000,-2.00\n",
                      0),
            0U);
}

TEST(Execute, PassesOnWhatABackendThrows) {
  struct Broken : Counting {
    void run(const plan::Step& step, std::size_t, std::span<const Value* const>, std::span<Value>,
             std::size_t) {
      if (std::holds_alternative<plan::op::Rescale>(step.operation))
        throw Error(ErrorCode::kMissingKey, "no key");
    }
  } broken;
  const auto program = some_program(1);
  ThreadPool pool(2);
  EXPECT_THROW(
      execute(program, schedule(program), broken, std::vector<double>(program.inputs, 1.0), pool),
      Error);
}

}  // namespace
}  // namespace veilray::runtime
