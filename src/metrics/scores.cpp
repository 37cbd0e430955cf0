#include "metrics/scores.h"

#include "base/error.h"

namespace veilray::metrics {

void check(const LabelScores& scores) {
  if (scores.score.size() != scores.truth.size())
    throw Error(ErrorCode::kInvalidArgument, "as many truths as scores are needed");
}

LabelScores known(const LabelScores& scores) {
  check(scores);
  LabelScores out;
  for (std::size_t i = 0; i < scores.score.size(); ++i) {
    if (scores.truth[i] < 0) continue;
    out.score.push_back(scores.score[i]);
    out.truth.push_back(scores.truth[i]);
  }
  return out;
}

Counts count(const LabelScores& scores) {
  Counts counts;
  for (const auto truth : scores.truth) {
    if (truth > 0) ++counts.positives;
    if (truth == 0) ++counts.negatives;
  }
  return counts;
}

LabelScores resampled(const LabelScores& scores, std::span<const std::size_t> films) {
  LabelScores out;
  out.score.reserve(films.size());
  out.truth.reserve(films.size());
  for (const auto film : films) {
    out.score.push_back(scores.score[film]);
    out.truth.push_back(scores.truth[film]);
  }
  return out;
}

}  // namespace veilray::metrics
