#pragma once
// How far a number could be off, had other films of the same kind been looked at.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "metrics/scores.h"

namespace veilray::metrics {

struct Interval {
  double low = 0, high = 0;
};

struct BootstrapOptions {
  std::size_t rounds = 1000;
  std::uint64_t seed = 1;
  double coverage = 0.95;
};

/// A number out of the films with these places, which may repeat; nothing where it is not defined.
using Statistic = std::function<std::optional<double>(std::span<const std::size_t> films)>;

/// Percentile interval (Efron 1979) of `statistic` over `films` films: whole films are drawn with
/// replacement, all their labels together. Rounds in which the statistic is not defined are left
/// out. Nothing if there is no film or no round is left. The same seed gives the same interval on
/// every machine.
std::optional<Interval> bootstrap(std::size_t films, const Statistic& statistic,
                                  const BootstrapOptions& options = {});

/// For the usual statistics. Every label has the same films in the same order.
std::optional<Interval> auroc_interval(const LabelScores& scores,
                                       const BootstrapOptions& options = {});
std::optional<Interval> macro_auroc_interval(std::span<const LabelScores> labels,
                                             const BootstrapOptions& options = {});

/// Of macro AUROC of `a` minus that of `b`, the same films drawn for both (paired).
struct Difference {
  double value = 0;
  Interval interval;
};
std::optional<Difference> macro_auroc_difference(std::span<const LabelScores> a,
                                                 std::span<const LabelScores> b,
                                                 const BootstrapOptions& options = {});

}  // namespace veilray::metrics
