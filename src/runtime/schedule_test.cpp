#include "runtime/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "runtime/programs_testing.h"

namespace veilray::runtime {
namespace {

TEST(Schedule, RunsEveryStepOnceAfterWhatItReads) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto program = some_program(seed);
    std::vector<bool> made(program.values.size(), false);
    std::set<std::uint32_t> run;
    for (const auto& wave : schedule(program).waves) {
      EXPECT_FALSE(wave.empty());
      for (const auto s : wave) {
        EXPECT_TRUE(run.insert(s).second);
        for (const auto id : plan::operands(program.steps[s].operation))
          EXPECT_TRUE(made[id.value]) << "seed " << seed << ", step " << s;
      }
      // Only now: the steps of a wave must not depend on each other.
      for (const auto s : wave)
        for (std::uint32_t r = 0; r < program.steps[s].results; ++r)
          made[program.steps[s].first.value + r] = true;
    }
    EXPECT_EQ(run.size(), program.steps.size());
  }
}

TEST(Schedule, RotatesByOneKeyAfterTheOther) {
  std::size_t shared = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto program = some_program(seed);
    for (const auto& wave : schedule(program).waves) {
      std::vector<std::uint32_t> keys;
      for (const auto s : wave)
        if (const auto* rotation =
                std::get_if<plan::op::RotateHoisted>(&program.steps[s].operation))
          keys.push_back(rotation->step);
      auto distinct = keys;
      distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
      const std::set<std::uint32_t> different(keys.begin(), keys.end());
      EXPECT_EQ(distinct.size(), different.size()) << "a key is left and used again, seed " << seed;
      shared += keys.size() - different.size();
    }
  }
  EXPECT_GT(shared, 0U);
}

TEST(Schedule, LetsEveryValueButTheOutputsDieRightAfterItsLastReader) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto program = some_program(seed);
    const auto made = schedule(program);
    std::vector<std::size_t> last_use(program.values.size(), 0);
    for (std::size_t w = 0; w < made.waves.size(); ++w)
      for (const auto s : made.waves[w]) {
        for (std::uint32_t r = 0; r < program.steps[s].results; ++r)
          last_use[program.steps[s].first.value + r] = w;
        for (const auto id : plan::operands(program.steps[s].operation)) last_use[id.value] = w;
      }
    std::set<std::uint32_t> dead;
    for (std::size_t w = 0; w < made.dead_after.size(); ++w)
      for (const auto id : made.dead_after[w]) {
        EXPECT_TRUE(dead.insert(id.value).second) << "dies twice";
        EXPECT_EQ(w, last_use[id.value]) << "seed " << seed << ", value " << id.value;
      }
    EXPECT_EQ(dead.size() + program.outputs.size(), program.values.size());
    for (const auto id : program.outputs) EXPECT_FALSE(dead.contains(id.value));
  }
}

}  // namespace
}  // namespace veilray::runtime
