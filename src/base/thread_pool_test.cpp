#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/error.h"

namespace veilray {
namespace {

class ThreadPoolOf : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Threads, ThreadPoolOf, testing::Values(1, 2, 5));

TEST_P(ThreadPoolOf, RunsEveryIndexOnce) {
  ThreadPool pool(GetParam());
  for (const std::size_t count : {0U, 1U, 2U, 7U, 1000U}) {
    std::vector<std::atomic<int>> runs(count);
    pool.parallel_for(count, [&](std::size_t i, std::size_t) { ++runs.at(i); });
    for (const auto& run : runs) ASSERT_EQ(run.load(), 1);
  }
}

TEST_P(ThreadPoolOf, GivesEachWorkerToOneThreadAtATime) {
  ThreadPool pool(GetParam());
  ASSERT_EQ(pool.threads(), GetParam());
  std::vector<std::atomic<int>> inside(pool.threads());
  pool.parallel_for(2000, [&](std::size_t, std::size_t worker) {
    ASSERT_LT(worker, inside.size());
    EXPECT_EQ(inside[worker].fetch_add(1), 0);
    inside[worker].fetch_sub(1);
  });
}

TEST_P(ThreadPoolOf, IsReusedWithoutLosingWork) {
  ThreadPool pool(GetParam());
  std::atomic<std::size_t> sum = 0;
  for (int round = 0; round < 2000; ++round) {
    pool.parallel_for(3, [&](std::size_t i, std::size_t) { sum += i; });
  }
  EXPECT_EQ(sum, 2000U * 3);
}

TEST_P(ThreadPoolOf, RethrowsAnExceptionAndGoesOnWorking) {
  ThreadPool pool(GetParam());
  const auto fail = [](std::size_t i, std::size_t) {
    if (i == 5) throw std::runtime_error("five");
  };
  for (int round = 0; round < 50; ++round) {
    EXPECT_THROW(pool.parallel_for(100, fail), std::runtime_error);
  }
  std::atomic<int> runs = 0;
  pool.parallel_for(10, [&](std::size_t, std::size_t) { ++runs; });
  EXPECT_EQ(runs, 10);
}

TEST_P(ThreadPoolOf, DrawsNoFurtherIndexAfterAnException) {
  ThreadPool pool(GetParam());
  constexpr std::size_t kCount = 2000;
  std::atomic<std::size_t> runs = 0;
  const auto fail_first = [&](std::size_t i, std::size_t) {
    if (i == 0) throw std::runtime_error("at once");
    ++runs;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // time for the word to spread
  };
  EXPECT_THROW(pool.parallel_for(kCount, fail_first), std::runtime_error);
  EXPECT_LT(runs, kCount - 1);
}

TEST_P(ThreadPoolOf, RunsLoopsWithinLoops) {
  ThreadPool pool(GetParam());
  for (int round = 0; round < 50; ++round) {
    constexpr std::size_t kOuter = 7, kInner = 11;
    std::vector<std::atomic<int>> runs(kOuter * kInner);
    pool.parallel_for(kOuter, [&](std::size_t outer, std::size_t) {
      const auto before = std::this_thread::get_id();
      pool.parallel_for(kInner,
                        [&](std::size_t inner, std::size_t) { ++runs[outer * kInner + inner]; });
      EXPECT_EQ(std::this_thread::get_id(), before);
    });
    for (const auto& run : runs) ASSERT_EQ(run.load(), 1);
  }
}

TEST_P(ThreadPoolOf, KeepsAWorkersNumberWithinLoops) {
  // What a body holds by its worker's number is not touched by whoever else runs.
  ThreadPool pool(GetParam());
  std::vector<std::atomic<int>> held(pool.threads());
  pool.parallel_for(40, [&](std::size_t, std::size_t worker) {
    EXPECT_EQ(held[worker].fetch_add(1), 0);
    pool.parallel_for(5, [&, outer = std::this_thread::get_id()](std::size_t, std::size_t inner) {
      EXPECT_EQ(std::this_thread::get_id() == outer, inner == worker);
    });
    held[worker].fetch_sub(1);
  });
}

TEST_P(ThreadPoolOf, RethrowsFromALoopWithinALoop) {
  ThreadPool pool(GetParam());
  const auto fail = [&](std::size_t, std::size_t) {
    pool.parallel_for(20, [](std::size_t i, std::size_t) {
      if (i == 5) throw std::runtime_error("five");
    });
  };
  for (int round = 0; round < 50; ++round) {
    EXPECT_THROW(pool.parallel_for(3, fail), std::runtime_error);
  }
}

TEST(ThreadPool, SharesALoopWithinTheOnlyBodyOfAnother) {
  // Each inner body waits until both have begun: the helper has to come into the inner loop.
  ThreadPool pool(2);
  std::atomic<int> begun = 0;
  pool.parallel_for(1, [&](std::size_t, std::size_t) {
    pool.parallel_for(2, [&](std::size_t, std::size_t) {
      ++begun;
      while (begun < 2) std::this_thread::yield();
    });
  });
  EXPECT_EQ(begun, 2);
}

TEST(ThreadPool, RefusesTwoCallersFromOutside) {
  ThreadPool pool(2);
  pool.parallel_for(1, [&](std::size_t, std::size_t) {
    std::thread([&] {
      EXPECT_THROW(pool.parallel_for(2, [](std::size_t, std::size_t) {}), Error);
    }).join();
  });
}

TEST(ThreadPool, RunsOnTheCallerWhenThereIsOneThread) {
  ThreadPool pool(1);
  pool.parallel_for(10, [caller = std::this_thread::get_id()](std::size_t, std::size_t worker) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    EXPECT_EQ(worker, 0U);
  });
}

TEST(ThreadPool, ReallyUsesItsThreads) {
  // Each body waits until both have begun: with less than two threads this would never end.
  ThreadPool pool(2);
  std::atomic<int> begun = 0;
  pool.parallel_for(2, [&](std::size_t, std::size_t) {
    ++begun;
    while (begun < 2) std::this_thread::yield();
  });
  EXPECT_EQ(begun, 2);
}

TEST(ThreadPool, TakesOneThreadPerCoreForZero) { EXPECT_GE(ThreadPool(0).threads(), 1U); }

}  // namespace
}  // namespace veilray
