#include "metrics/calibration.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "metrics/scores_testing.h"

namespace veilray::metrics {
namespace {

double logit(double p) { return std::log(p / (1 - p)); }

TEST(Platt, FitsTwoLogitsExactly) {
  // Logits 1 (3 films present, 1 absent) and -1 (1 present, 5 absent): two unknowns, two groups, so
  // each group's probability is its mean target. N+ = 4: target 5/6; N- = 6: target 1/8.
  LabelScores films;
  const auto add = [&](double score, std::int8_t truth, int times) {
    for (int i = 0; i < times; ++i) {
      films.score.push_back(score);
      films.truth.push_back(truth);
    }
  };
  add(1, 1, 3), add(1, 0, 1), add(-1, 1, 1), add(-1, 0, 5), add(9, -1, 2);
  const double up = logit((3 * 5.0 / 6 + 1.0 / 8) / 4), down = logit((5.0 / 6 + 5.0 / 8) / 6);
  const auto fitted = platt(films);
  EXPECT_NEAR(fitted.a, (up - down) / 2, 1e-6);
  EXPECT_NEAR(fitted.b, (up + down) / 2, 1e-6);
}

TEST(Platt, UndoesAStretchAndAShift) {
  constexpr std::uint64_t kSeed = 8;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937_64 bits(kSeed);
  std::normal_distribution<double> normal;
  LabelScores films;
  for (int i = 0; i < 20000; ++i) {
    const double z = normal(bits);
    const double p = 1 / (1 + std::exp(-z));
    films.truth.push_back(static_cast<double>(bits() >> 11) * 0x1p-53 < p);
    films.score.push_back(4 * z + 2);  // too sure, and shifted
  }
  const auto fitted = platt(films);
  EXPECT_NEAR(fitted.a, 0.25, 0.02);
  EXPECT_NEAR(fitted.b, -0.5, 0.05);
  EXPECT_LT(log_loss(fitted, films), log_loss({}, films));
}

TEST(Platt, StaysFiniteWhereLogitsSeparateOrSayNothing) {
  const auto sure = platt({{-3, -2, 2, 3}, {0, 0, 1, 1}});
  EXPECT_GT(sure.a, 0);
  EXPECT_LT(probability(sure, 3), 0.9);
  const auto flat = platt({{0, 0, 0, 0}, {1, 0, 0, 0}});
  // Targets 2/3 and three times 1/5.
  EXPECT_NEAR(probability(flat, 0), (2.0 / 3 + 3.0 / 5) / 4, 1e-9);
  const auto huge = platt({{-1e4, 1e4, 5e3, -2e3}, {0, 1, 0, 1}});
  EXPECT_TRUE(std::isfinite(huge.a) && std::isfinite(huge.b));
}

TEST(Platt, NeverTurnsTheOrderRound) {
  const auto fitted = platt({{3, 2, 1, 0}, {0, 0, 1, 1}});
  EXPECT_EQ(fitted.a, 0);
  EXPECT_NEAR(probability(fitted, 7), 0.5, 1e-9);  // targets 3/4 and 1/4
}

TEST(Platt, LeavesLogitsAloneWithoutFilmsOfBothKinds) {
  EXPECT_EQ(platt({{1, 2}, {1, 1}}), Calibration{});
  EXPECT_EQ(platt({}), Calibration{});
}

TEST(LogLoss, IsTheMeanOfMinusLogP) {
  EXPECT_NEAR(log_loss({}, {{0, 0, 5}, {1, 0, -1}}), std::log(2), 1e-12);
  EXPECT_NEAR(log_loss({2, 1}, {{3}, {1}}), -std::log(1 / (1 + std::exp(-7.0))), 1e-12);
  EXPECT_EQ(log_loss({}, {}), 0);
}

}  // namespace
}  // namespace veilray::metrics
