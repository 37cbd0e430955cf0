#include "cli/scored_films.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/test_folder.h"

namespace veilray::cli {
namespace {

using enum dataset::LabelState;

/// Two labels, four films. The first label's logits order its films; the second has none.
ScoredFilms four() {
  ScoredFilms films;
  films.labels = {"Edema", "Mass"};
  films.readings = {{1, 0, 0.9}, {2, 0, 0.5}};
  const std::vector<double> edema{3, 2, -1, -2};
  const std::vector<dataset::LabelState> truth{kPresent, kPresent, kAbsent, kAbsent};
  for (std::size_t i = 0; i < 4; ++i) {
    dataset::Film film;
    film.file = "folder/f" + std::to_string(i) + ".png";
    film.labels = {truth[i], i == 3 ? kUnknown : kAbsent};
    films.films.push_back(film);
    films.logits.push_back({edema[i], 0.5});
  }
  return films;
}

TEST(Evaluation, ScoresEachLabelOnTheFilmsThatAreKnown) {
  const auto result = evaluate(four());
  EXPECT_EQ(result.n, 4U);
  EXPECT_EQ(result.macro_auroc, 1.0);
  ASSERT_EQ(result.labels.size(), 2U);
  EXPECT_EQ(result.labels[0].positives, 2U);
  EXPECT_EQ(result.labels[0].auroc, 1.0);
  EXPECT_EQ(result.labels[0].ci->low, 1.0);
  // Only sigmoid(3) = 0.95 reaches 0.9: one of two is found, 2 / (2 + 1).
  EXPECT_DOUBLE_EQ(result.labels[0].f1, 2.0 / 3);
  EXPECT_DOUBLE_EQ(result.labels[0].f1_at_half, 1.0);
  EXPECT_FALSE(result.labels[1].auroc);
  EXPECT_FALSE(result.labels[1].average_precision);
  EXPECT_EQ(result.labels[1].positives, 0U);
  EXPECT_DOUBLE_EQ(result.macro_f1, 1.0 / 3);
}

TEST(Agreement, CountsDecisionsThatCrossTheThreshold) {
  auto encrypted = four();
  encrypted.logits[0][0] = 2.15;   // sigmoid 0.896: no longer reaches 0.9
  encrypted.logits[1][0] = 2.25;   // sigmoid 0.905: now does
  encrypted.logits[2][1] = 0.125;  // the same side
  const auto agreement = compare(four(), encrypted);
  EXPECT_EQ(agreement.n, 4U);
  EXPECT_DOUBLE_EQ(agreement.max_abs_error, 0.85);
  EXPECT_EQ(agreement.decisions_changed, 2U);
  EXPECT_EQ(agreement.plain_macro_auroc, 1.0);
  EXPECT_EQ(agreement.macro_auroc, 1.0);
}

TEST(ScoredFilms, CanBeCutShort) {
  EXPECT_EQ(four().first(3).films.size(), 3U);
  EXPECT_EQ(four().first(3).logits.size(), 3U);
  EXPECT_EQ(four().first(9).films.size(), 4U);
}

TEST(Comparison, IsOverFilmsAndLabelsThatBothHave) {
  const TestFolder folder;
  // Film 3 is not in the table; the other classifier puts film 1 below film 2: one pair of two.
  std::ofstream(folder / "p.csv") << "file,prob_Edema,prob_Hernia\n"
                                     "f0.jpg,0.9,0\nf1.jpg,0.2,0\nf2.jpg,0.3,0\n";
  const auto theirs = dataset::read_probabilities(folder / "p.csv").value();
  const auto comparison = compare(four(), theirs);
  EXPECT_EQ(comparison.n, 3U);
  EXPECT_EQ(comparison.labels, 1U);
  EXPECT_EQ(comparison.macro_auroc, 0.5);
  EXPECT_DOUBLE_EQ(comparison.difference->value, 0.5);
}

}  // namespace
}  // namespace veilray::cli
