#include "runtime/schedule.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace veilray::runtime {

namespace {

/// By which key a hoisted rotation is done: some megabytes that the next one finds in cache if it
/// needs the same.
std::uint32_t key_step(const plan::Step& step) {
  const auto* rotation = std::get_if<plan::op::RotateHoisted>(&step.operation);
  return rotation == nullptr ? 0 : rotation->step;
}

}  // namespace

Schedule schedule(const plan::Program& program) {
  constexpr auto kNever = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> made_in(program.values.size(), 0), read_in(program.values.size(), 0);
  Schedule result;
  for (std::uint32_t s = 0; s < program.steps.size(); ++s) {
    const plan::Step& step = program.steps[s];
    const auto operands = plan::operands(step.operation);
    std::uint32_t wave = 0;
    for (const auto id : operands) wave = std::max(wave, made_in[id.value] + 1);
    if (wave >= result.waves.size()) result.waves.resize(wave + 1);
    result.waves[wave].push_back(s);
    for (std::uint32_t r = 0; r < step.results; ++r)
      made_in[step.first.value + r] = read_in[step.first.value + r] = wave;
    for (const auto id : operands) read_in[id.value] = std::max(read_in[id.value], wave);
  }
  const auto by_key = [&](std::uint32_t s) { return std::pair(key_step(program.steps[s]), s); };
  for (auto& wave : result.waves) std::ranges::sort(wave, {}, by_key);
  for (const auto id : program.outputs) read_in[id.value] = kNever;
  result.dead_after.resize(result.waves.size());
  for (std::uint32_t v = 0; v < read_in.size(); ++v)
    if (read_in[v] != kNever) result.dead_after[read_in[v]].push_back({v});
  return result;
}

}  // namespace veilray::runtime
