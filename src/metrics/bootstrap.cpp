#include "metrics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "metrics/ranking.h"

namespace veilray::metrics {
namespace {

/// Linear between neighbours. `values` is sorted and not empty.
double quantile(const std::vector<double>& values, double share) {
  const double at = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const auto above = std::min(below + 1, values.size() - 1);
  return std::lerp(values[below], values[above], at - static_cast<double>(below));
}

std::size_t film_count(std::span<const LabelScores> labels) {
  for (const auto& label : labels) {
    check(label);
    if (label.score.size() != labels.front().score.size())
      throw Error(ErrorCode::kInvalidArgument, "every label needs the same films");
  }
  return labels.empty() ? 0 : labels.front().score.size();
}

std::optional<double> macro_of(std::span<const LabelScores> labels,
                               std::span<const std::size_t> films) {
  std::vector<LabelScores> drawn;
  for (const auto& label : labels) drawn.push_back(resampled(label, films));
  return macro_auroc(drawn);
}

}  // namespace

std::optional<Interval> bootstrap(std::size_t films, const Statistic& statistic,
                                  const BootstrapOptions& options) {
  if (films == 0) return std::nullopt;
  SeededRng rng(options.seed);
  std::vector<std::uint64_t> words(films);
  std::vector<std::size_t> drawn(films);
  std::vector<double> values;
  for (std::size_t round = 0; round < options.rounds; ++round) {
    rng.fill(std::as_writable_bytes(std::span(words)));
    // The bias of the remainder is films / 2^64.
    std::transform(words.begin(), words.end(), drawn.begin(),
                   [&](std::uint64_t word) { return static_cast<std::size_t>(word % films); });
    if (const auto value = statistic(drawn)) values.push_back(*value);
  }
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const double tail = (1 - options.coverage) / 2;
  return Interval{quantile(values, tail), quantile(values, 1 - tail)};
}

std::optional<Interval> auroc_interval(const LabelScores& scores, const BootstrapOptions& options) {
  check(scores);
  return bootstrap(
      scores.score.size(), [&](auto films) { return auroc(resampled(scores, films)); }, options);
}

std::optional<Interval> macro_auroc_interval(std::span<const LabelScores> labels,
                                             const BootstrapOptions& options) {
  return bootstrap(
      film_count(labels), [&](auto films) { return macro_of(labels, films); }, options);
}

std::optional<Difference> macro_auroc_difference(std::span<const LabelScores> a,
                                                 std::span<const LabelScores> b,
                                                 const BootstrapOptions& options) {
  const auto films = film_count(a);
  if (film_count(b) != films)
    throw Error(ErrorCode::kInvalidArgument, "both sides need the same films");
  const auto of_a = macro_auroc(a), of_b = macro_auroc(b);
  const auto interval = bootstrap(
      films,
      [&](auto drawn) -> std::optional<double> {
        const auto left = macro_of(a, drawn), right = macro_of(b, drawn);
        if (!left || !right) return std::nullopt;
        return *left - *right;
      },
      options);
  if (!of_a || !of_b || !interval) return std::nullopt;
  return Difference{*of_a - *of_b, *interval};
}

}  // namespace veilray::metrics
