#include "cli/bench/harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <utility>

namespace veilray::cli {
namespace {
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Summarize, GivesOrderStatisticsWhateverTheOrder) {
  std::vector<double> times;
  for (int i = 0; i <= 10; ++i) times.push_back((i * 7) % 11);  // 0..10, shuffled
  const auto timing = summarize(times);
  EXPECT_EQ(timing.samples, 11U);
  EXPECT_EQ(timing.best, 0);
  EXPECT_EQ(timing.p10, 1);
  EXPECT_EQ(timing.median, 5);
  EXPECT_EQ(timing.p90, 9);
}

TEST(Measure, WarmsUpBeforeItCounts) {
  std::size_t runs = 0;
  const auto timing = measure({.repetitions = 3}, [&] { ++runs; });
  EXPECT_EQ(timing.samples, 3U);
  EXPECT_THAT(runs, Ge(4U));
}

TEST(Measure, PreparesBeforeEachRunOutsideTheTime) {
  bool ready = false;
  std::size_t runs = 0;
  const auto timing = measure(
      {.repetitions = 3},
      [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        ready = true;
      },
      [&] {
        EXPECT_TRUE(std::exchange(ready, false));
        ++runs;
      });
  EXPECT_EQ(timing.samples, 3U);
  EXPECT_THAT(runs, Ge(4U));
  EXPECT_LT(timing.best, 20);
}

TEST(WantedLogN, IsEverySizeUnlessSomeAreNamed) {
  EXPECT_THAT(wanted_log_n({}), ElementsAre(13, 14, 15, 16));
  EXPECT_THAT(wanted_log_n({.log_n = {16, 14, 16}}), ElementsAre(14, 16));
}

TEST(RingFacts, SpeakOfPrimesOfThirtyBitsAsOneDoes) {
  RingFacts facts;
  facts.log_n = 14;
  facts.log_q = 329.966;
  facts.log_p = 89.9999;
  facts.dnum = 4;
  facts.level = 10;
  facts.kernels = "scalar";
  const Json json = {{"log_n", 14}, {"log_q", 330.0}, {"log_p", 90.0},      {"dnum", 4},
                     {"level", 10}, {"threads", 1},   {"kernels", "scalar"}};
  EXPECT_EQ(to_json(facts), json);
}

std::vector<double> times(std::size_t count) {
  std::vector<double> ms;
  for (std::size_t i = 0; i < count; ++i) ms.push_back(0.5 + static_cast<double>(i));
  return ms;
}

TEST(BenchReport, HasTheDocumentedShape) {
  const auto report = make_report({.cpu = "cpu", .cores = 2, .memory_gb = 24, .kernels = "scalar"},
                                  {{"ntt", {{"log_n", 14}}, summarize(times(11)), {{"bytes", 7}}}});
  for (const auto* key :
       {"cpu", "cores", "memory_gb", "compiler", "flags", "commit", "kernels", "load"}) {
    EXPECT_TRUE(report.json["machine"].contains(key)) << key;
  }
  EXPECT_EQ(report.json["measurement"], true);
  const Json row = {{"name", "ntt"}, {"log_n", 14},   {"best_ms", 0.5}, {"median_ms", 5.5},
                    {"p10_ms", 1.5}, {"p90_ms", 9.5}, {"samples", 11},  {"bytes", 7}};
  EXPECT_EQ(report.json["rows"], Json::array({row}));
  EXPECT_THAT(report.text, HasSubstr("log_n=14"));
  EXPECT_THAT(report.text, HasSubstr("bytes=7"));
  EXPECT_THAT(report.text, Not(HasSubstr("Not a measurement")));
}

TEST(BenchReport, SaysThatFewRepetitionsMeasureNothing) {
  const auto report = make_report({}, {{"long", Json::object(), summarize(times(10))},
                                       {"short", Json::object(), summarize(times(9))}});
  EXPECT_EQ(report.json["measurement"], false);
  EXPECT_THAT(report.text, StartsWith("Not a measurement"));
}

}  // namespace
}  // namespace veilray::cli
