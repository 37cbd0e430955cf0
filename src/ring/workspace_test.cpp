#include "ring/workspace.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace veilray::ring {
namespace {

TEST(Workspace, GivesTheSameMemoryAgain) {
  Workspace workspace;
  auto poly = workspace.take<Domain::kNtt>({1024, 3, 1});
  const auto* memory = poly.limb(0).data();
  workspace.give(std::move(poly));
  EXPECT_EQ(workspace.take<Domain::kNtt>({1024, 3, 1}).limb(0).data(), memory);
}

TEST(Workspace, TakesTheTightestFit) {
  Workspace workspace;
  auto large = workspace.take_words(4096);
  auto small = workspace.take_words(1024);
  const auto* small_memory = small.data();
  workspace.give_words(std::move(large));
  workspace.give_words(std::move(small));
  EXPECT_EQ(workspace.take_words(1000).data(), small_memory);
  EXPECT_GE(workspace.take_words(2000).capacity(), 4096U);
}

TEST(Workspace, MemoryThatIsTakenIsNotGivenTwice) {
  Workspace workspace;
  workspace.give_words(workspace.take_words(100));
  const auto first = workspace.take_words(100), second = workspace.take_words(100);
  EXPECT_NE(first.data(), second.data());
}

TEST(Workspace, RunsLoopsAloneWithoutATeam) {
  Workspace workspace;
  std::vector<std::size_t> ran;
  workspace.for_each(3, [&](std::size_t i, Workspace& own) {
    EXPECT_EQ(&own, &workspace);
    ran.push_back(i);
  });
  EXPECT_EQ(ran, (std::vector<std::size_t>{0, 1, 2}));
}

TEST(Team, SharesLoopsWithAWorkspaceForEachThread) {
  ThreadPool pool(3);
  Team team(pool);
  ASSERT_EQ(team.size(), 3U);
  std::vector<std::atomic<int>> runs(200);
  std::atomic<int> inside[3] = {};
  team.of(0).for_each(runs.size(), [&](std::size_t i, Workspace& own) {
    std::size_t worker = 0;
    while (&team.of(worker) != &own) ++worker;
    EXPECT_EQ(inside[worker].fetch_add(1), 0);
    own.give_words(own.take_words(100));
    ++runs[i];
    inside[worker].fetch_sub(1);
  });
  for (const auto& run : runs) EXPECT_EQ(run, 1);
}

TEST(Poly, LimbsAreStaggeredSoThatTheyDoNotShareCacheSets) {
  NttPoly poly({4096, 2, 0});
  const auto distance = poly.limb(1).data() - poly.limb(0).data();
  EXPECT_NE(distance % 1024, 0);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(poly.limb(1).data()) % kAlignment, 0U);
}

}  // namespace
}  // namespace veilray::ring
