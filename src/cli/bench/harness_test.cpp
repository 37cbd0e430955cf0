#include "cli/bench/harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace veilray::cli {
namespace {
using ::testing::Ge;
using ::testing::HasSubstr;

TEST(Summarize, GivesOrderStatisticsWhateverTheOrder) {
  std::vector<double> times;
  for (int i = 0; i <= 10; ++i) times.push_back((i * 7) % 11);  // 0..10, shuffled
  const auto timing = summarize(times);
  EXPECT_EQ(timing.repetitions, 11U);
  EXPECT_EQ(timing.best, 0);
  EXPECT_EQ(timing.p10, 1);
  EXPECT_EQ(timing.median, 5);
  EXPECT_EQ(timing.p90, 9);
}

TEST(Measure, WarmsUpBeforeItCounts) {
  std::size_t runs = 0;
  const auto timing = measure({.repetitions = 3}, [&] { ++runs; });
  EXPECT_EQ(timing.repetitions, 3U);
  EXPECT_THAT(runs, Ge(4U));
}

TEST(BenchReport, HasTheDocumentedShape) {
  const auto report = make_report({"cpu", 2, 24, "scalar"},
                                  {{"ntt", {{"log_n", 14}}, summarize({0.5, 0.25, 1.0})}});
  for (const auto* key : {"cpu", "cores", "memory_gb", "compiler", "flags", "commit", "kernels"}) {
    EXPECT_TRUE(report.json["machine"].contains(key)) << key;
  }
  EXPECT_EQ(report.json["rows"][0]["name"], "ntt");
  EXPECT_EQ(report.json["rows"][0]["median"], 0.5);
  EXPECT_THAT(report.text, HasSubstr("log_n=14"));
}

}  // namespace
}  // namespace veilray::cli
