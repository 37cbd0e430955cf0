#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "plan/cost.h"
#include "plan/count_splits.h"
#include "plan/distance_sets.h"
#include "plan/layout.h"
#include "plan/stages.h"

namespace veilray::plan {

/// A linear operator's diagonals between two layouts, counted.
struct CountedOperator {
  std::size_t diagonals = 0;         // none: too many to be counted
  double rotations = 0;              // at least
  std::uint32_t period = 0;          // of the weights
  std::vector<CountedSplit> splits;  // none, until that is worth the time
};
/// By operator and layouts, as text: networks repeat their blocks, and searches their networks.
using CountedOperators = std::map<std::string, CountedOperator>;
/// A split that is best at one level is taken at others, too.
using BestSplits = std::map<const CountedOperator*, CountedSplit>;

/// What one linear operator of a stage costs between two layouts, at a level. Most pairs are too
/// dear to be looked at twice, so splits are tried only where `price` is asked for.
class OperatorPrices {
 public:
  /// Names the layouts of input and output.
  using Pair = std::pair<std::size_t, std::size_t>;

  /// `most`: diagonals for each image; a pair that has more is not priced.
  OperatorPrices(const LinearOperator& op, const Stage& stage, const CostModel& cost,
                 ckks::Level level, std::size_t most, CountedOperators& counted, BestSplits& best);

  bool knows(Pair pair) const { return pairs_.contains(pair); }
  void add(Pair pair, Layout in, Layout out);
  /// No price of a known pair is less; infinite for too many diagonals.
  double at_least(Pair pair) const;
  /// Of a known pair whose `at_least` is finite.
  double price(Pair pair);
  /// After `price`.
  const StepSplit& split(Pair pair) const { return best_.at(pairs_.at(pair).counted).split; }

 private:
  struct Known {
    CountedOperator* counted;
    Layout in, out;
  };

  const SlotMatrix& between(const Layout& in, const Layout& out);
  void count(CountedOperator& counted, const SlotMatrix& matrix);

  SlotMatrix matrix_;  // without weights; the layouts are those that were last asked for
  std::size_t most_;   // diagonals
  const CostModel& cost_;
  ckks::Level level_;
  std::string signature_;
  CountedOperators& counted_;
  BestSplits& best_;
  std::map<Pair, Known> pairs_;
  AxisMemo memo_;
};

}  // namespace veilray::plan
