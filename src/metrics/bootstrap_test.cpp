#include "metrics/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "base/error.h"
#include "metrics/ranking.h"
#include "metrics/scores_testing.h"

namespace veilray::metrics {
namespace {

TEST(Bootstrap, OfAMeanIsTheNormalInterval) {
  constexpr std::uint64_t kSeed = 11;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937_64 bits(kSeed);
  std::normal_distribution<double> normal;
  std::vector<double> values(400);
  for (auto& value : values) value = normal(bits);
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / 400;
  double square = 0;
  for (const double value : values) square += (value - mean) * (value - mean);
  const double error = std::sqrt(square / 400 / 400);

  const auto interval = bootstrap(400, [&](auto films) -> std::optional<double> {
    double sum = 0;
    for (const auto film : films) sum += values[film];
    return sum / 400;
  });
  // A quantile out of 1000 rounds is itself off by about 0.08 standard errors.
  EXPECT_NEAR(interval->low, mean - 1.96 * error, 0.3 * error);
  EXPECT_NEAR(interval->high, mean + 1.96 * error, 0.3 * error);
}

TEST(Bootstrap, DrawsAsManyFilmsWithReplacement) {
  std::size_t repeats = 0, rounds = 0;
  bootstrap(10,
            [&](auto films) -> std::optional<double> {
              EXPECT_EQ(films.size(), 10U);
              std::vector<int> seen(10, 0);
              for (const auto film : films) repeats += seen.at(film)++ > 0;
              ++rounds;
              return 0;
            },
            {.rounds = 200});
  EXPECT_EQ(rounds, 200U);
  // A film is missed with probability (9/10)^10 = 0.349, so 3.49 of 10 draws are repeats.
  EXPECT_NEAR(static_cast<double>(repeats) / 200, 3.49, 0.3);
}

TEST(Bootstrap, DependsOnItsSeedAlone) {
  const auto scores = test::draw(80, 100, 3);
  const auto first = auroc_interval(scores, {.rounds = 100, .seed = 5}).value();
  const auto second = auroc_interval(scores, {.rounds = 100, .seed = 5}).value();
  const auto other = auroc_interval(scores, {.rounds = 100, .seed = 6}).value();
  EXPECT_EQ(first.low, second.low);
  EXPECT_EQ(first.high, second.high);
  EXPECT_NE(first.low, other.low);
}

TEST(Bootstrap, LeavesOutRoundsWithoutAValue) {
  EXPECT_FALSE(bootstrap(0, [](auto) { return std::optional<double>(1); }));
  EXPECT_FALSE(bootstrap(3, [](auto) { return std::optional<double>(); }));
  // One film with the finding among three: it is often not drawn.
  const auto interval = auroc_interval({{3, 2, 1}, {1, 0, 0}});
  EXPECT_EQ(interval->low, 1);
  EXPECT_EQ(interval->high, 1);
}

TEST(AurocInterval, IsAsWideAsHanleyAndMcNeilSay) {
  // Scores that tell nothing: their variance is (N+ + N- + 1) / (12 N+ N-).
  constexpr std::uint64_t kSeed = 4;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937_64 bits(kSeed);
  LabelScores scores;
  for (int i = 0; i < 300; ++i) {
    scores.score.push_back(static_cast<double>(bits() >> 11));
    scores.truth.push_back(i < 100);
  }
  const double error = std::sqrt(301.0 / (12.0 * 100 * 200));
  const auto interval = auroc_interval(scores).value();
  EXPECT_NEAR(interval.high - interval.low, 2 * 1.96 * error, 0.3 * error);
  EXPECT_LT(interval.low, auroc(scores).value());
  EXPECT_GT(interval.high, auroc(scores).value());
}

TEST(MacroAurocDifference, IsPaired) {
  std::vector<LabelScores> a{test::draw(100, 1000, 1), test::draw(100, 1000, 2)};
  auto b = a;
  // The same order of the films, so no difference in any round, however wide each side's interval.
  for (auto& label : b)
    for (auto& score : label.score) score = 2 * score + 1;
  const auto same = macro_auroc_difference(a, b, {.rounds = 50}).value();
  EXPECT_EQ(same.value, 0);
  EXPECT_EQ(same.interval.low, 0);
  EXPECT_EQ(same.interval.high, 0);
  const auto macro = macro_auroc_interval(a, {.rounds = 50}).value();
  EXPECT_GT(macro.high - macro.low, 0.05);

  for (auto& score : b[0].score) score = -score;
  const auto worse = macro_auroc_difference(a, b, {.rounds = 50}).value();
  EXPECT_DOUBLE_EQ(worse.value, macro_auroc(a).value() - macro_auroc(b).value());
  EXPECT_LE(worse.interval.low, worse.value);
  EXPECT_GE(worse.interval.high, worse.value);
}

TEST(MacroAurocDifference, FailsIfTheFilmsDiffer) {
  const std::vector<LabelScores> a{{{1, 2}, {0, 1}}}, b{{{1}, {0}}};
  EXPECT_THROW(macro_auroc_difference(a, b), Error);
}

}  // namespace
}  // namespace veilray::metrics
