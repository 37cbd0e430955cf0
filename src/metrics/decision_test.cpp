#include "metrics/decision.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "metrics/scores_testing.h"

namespace veilray::metrics {
namespace {

// Yes at 0.5: films 0, 1, 2; the truth: 0, 1, 3. TP 2, FP 1, FN 1, TN 1 and one film unknown.
const LabelScores kFilms{{0.9, 0.5, 0.7, 0.2, 0.1, 0.6}, {1, 1, 0, 1, 0, -1}};

TEST(F1, IsWhatACalculationByHandGives) {
  const auto counts = confusion(kFilms, 0.5);
  EXPECT_EQ(counts.true_positives, 2U);
  EXPECT_EQ(counts.false_positives, 1U);
  EXPECT_EQ(counts.false_negatives, 1U);
  EXPECT_EQ(counts.true_negatives, 1U);
  EXPECT_DOUBLE_EQ(f1(kFilms, 0.5), 2.0 / 3);  // 4 / (4 + 2)
  EXPECT_DOUBLE_EQ(f1(kFilms, 0.95), 0.0);
  EXPECT_DOUBLE_EQ(f1(LabelScores{{1}, {0}}, 2), 0.0);
}

TEST(F1, OfSeveralLabelsIsAMeanOrASum) {
  // Second label at 0: TP 1, FP 0, FN 0. Sum: TP 3, FP 1, FN 1.
  const std::vector<LabelScores> labels{kFilms, {{1, -1}, {1, 0}}};
  const std::vector<double> thresholds{0.5, 0};
  EXPECT_DOUBLE_EQ(macro_f1(labels, thresholds), (2.0 / 3 + 1) / 2);
  EXPECT_DOUBLE_EQ(micro_f1(labels, thresholds), 6.0 / 8);
  EXPECT_THROW(macro_f1(labels, std::vector<double>{0.5}), Error);
}

TEST(BestThreshold, IsAsGoodAsAnyScore) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const auto scores = test::draw(50, seed % 2 == 0 ? 6 : 1000, seed);
    double best = 0;
    for (const double threshold : scores.score) best = std::max(best, f1(scores, threshold));
    EXPECT_DOUBLE_EQ(f1(scores, best_threshold(scores)), best);
  }
}

TEST(BestThreshold, LiesBetweenScores) {
  EXPECT_DOUBLE_EQ(best_threshold({{1, 2, 4, 5}, {0, 0, 1, 1}}), 3);
  EXPECT_DOUBLE_EQ(best_threshold({{1, 2}, {1, 1}}), 1);
}

TEST(BestThreshold, IsAboveAllWithoutAFinding) {
  EXPECT_GT(best_threshold({{1, 2}, {0, 0}}), 2);
  EXPECT_EQ(best_threshold({}), 0);
}

}  // namespace
}  // namespace veilray::metrics
