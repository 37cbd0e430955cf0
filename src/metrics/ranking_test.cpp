#include "metrics/ranking.h"

#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "metrics/scores_testing.h"

namespace veilray::metrics {
namespace {

/// The definition, pair by pair.
double auroc_of_pairs(const LabelScores& s) {
  double sum = 0, pairs = 0;
  for (std::size_t i = 0; i < s.score.size(); ++i)
    for (std::size_t j = 0; j < s.score.size(); ++j) {
      if (s.truth[i] != 1 || s.truth[j] != 0) continue;
      ++pairs;
      if (s.score[i] > s.score[j]) sum += 1;
      if (s.score[i] == s.score[j]) sum += 0.5;
    }
  return sum / pairs;
}

/// The definition: sum over thresholds of (recall gained) * precision.
double average_precision_of_thresholds(const LabelScores& s) {
  const std::set<double, std::greater<>> thresholds(s.score.begin(), s.score.end());
  double total = 0, sum = 0, recall_before = 0;
  for (const auto truth : s.truth) total += truth == 1;
  for (const double threshold : thresholds) {
    double hits = 0, taken = 0;
    for (std::size_t i = 0; i < s.score.size(); ++i) {
      if (s.truth[i] < 0 || s.score[i] < threshold) continue;
      ++taken;
      hits += s.truth[i] == 1;
    }
    if (taken == 0) continue;
    sum += (hits / total - recall_before) * (hits / taken);
    recall_before = hits / total;
  }
  return sum;
}

// Worked by hand. Scores 0.8+ 0.4- 0.35+ 0.1-: of the four pairs only (0.35+, 0.4-) is wrong: 3/4.
// Precision at the two films with the finding: 1/1 and 2/3; their mean is 5/6.
const LabelScores kFour{{0.1, 0.4, 0.35, 0.8}, {0, 0, 1, 1}};

TEST(Auroc, IsWhatACalculationByHandGives) {
  EXPECT_DOUBLE_EQ(auroc(kFour).value(), 0.75);
  EXPECT_DOUBLE_EQ(auroc({{1, 1, 1}, {0, 1, 1}}).value(), 0.5);
  EXPECT_DOUBLE_EQ(auroc({{3, 2, 1}, {0, 1, 1}}).value(), 0.0);
  // One tie among two pairs: (1 + 1/2) / 2.
  EXPECT_DOUBLE_EQ(auroc({{2, 2, 1}, {1, 0, 0}}).value(), 0.75);
}

TEST(Auroc, IsTheShareOfOrderedPairs) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const auto scores = test::draw(60, seed % 2 == 0 ? 5 : 1000, seed);
    EXPECT_NEAR(auroc(scores).value(), auroc_of_pairs(scores), 1e-12);
  }
}

TEST(Auroc, IsNothingWithoutFilmsOfBothKinds) {
  EXPECT_FALSE(auroc({{1, 2}, {1, 1}}));
  EXPECT_FALSE(auroc({{1, 2, 3}, {0, 0, -1}}));
  EXPECT_FALSE(auroc({}));
}

TEST(Auroc, FailsIfThereAreNotAsManyTruthsAsScores) { EXPECT_THROW(auroc({{1, 2}, {1}}), Error); }

TEST(AveragePrecision, IsWhatACalculationByHandGives) {
  EXPECT_DOUBLE_EQ(average_precision(kFour).value(), 5.0 / 6);
  EXPECT_DOUBLE_EQ(average_precision({{1, 1, 1, 1}, {1, 0, 0, 0}}).value(), 0.25);
  EXPECT_DOUBLE_EQ(average_precision({{1}, {1}}).value(), 1.0);
  EXPECT_FALSE(average_precision({{1}, {0}}));
}

TEST(AveragePrecision, IsTheSumOverThresholds) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const auto scores = test::draw(60, seed % 2 == 0 ? 5 : 1000, seed);
    EXPECT_NEAR(average_precision(scores).value(), average_precision_of_thresholds(scores), 1e-12);
  }
}

TEST(MacroAuroc, IsTheMeanOverLabelsThatHaveOne) {
  const std::vector<LabelScores> labels{kFour, {{3, 2}, {1, 0}}, {{1, 2}, {0, 0}}};
  EXPECT_DOUBLE_EQ(macro_auroc(labels).value(), (0.75 + 1) / 2);
  EXPECT_FALSE(macro_auroc({}));
}

TEST(MicroAuroc, IsOverAllPairsOfFilmAndLabel) {
  // Together: 5+ 4- 3+ 2-: three of four pairs are in order.
  const std::vector<LabelScores> labels{{{5, 2}, {1, 0}}, {{3, 4}, {1, 0}}};
  EXPECT_DOUBLE_EQ(micro_auroc(labels).value(), 0.75);
}

}  // namespace
}  // namespace veilray::metrics
