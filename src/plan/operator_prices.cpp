#include "plan/operator_prices.h"

#include <algorithm>
#include <limits>

#include "base/file.h"
#include "base/hash.h"

namespace veilray::plan {
namespace {

/// Of all that decides its diagonals but the layouts.
std::string signature(const LinearOperator& op, const Stage& stage) {
  std::string text;
  for (const auto& taps : op.taps) {
    for (const Tap& tap : taps) text.append(reinterpret_cast<const char*>(&tap), sizeof(Tap));
    text += '|';
  }
  const Sha256 hash = sha256(as_bytes(text));
  const char* const form = stage.folded ? "f" : stage.spills ? "s" : "p";
  return std::string(reinterpret_cast<const char*>(hash.data()), hash.size()) + form;
}

}  // namespace

OperatorPrices::OperatorPrices(const LinearOperator& op, const Stage& stage, const CostModel& cost,
                               ckks::Level level, std::size_t most, CountedOperators& counted,
                               BestSplits& best)
    : matrix_{{op.in_shape, op.out_shape, op.taps, {}, {}, {}},
              {},
              {},
              stage.folded ? SlotMatrix::Form::kFolded : SlotMatrix::Form::kPlaced,
              stage.spills},
      most_(most * stage.images),
      cost_(cost),
      level_(level),
      signature_(signature(op, stage)),
      counted_(counted),
      best_(best) {}

void OperatorPrices::add(Pair pair, Layout in, Layout out) {
  const auto [found, is_new] = counted_.try_emplace(signature_ + in.text() + " to " + out.text());
  // Nothing was counted of those that were too many before.
  if (is_new || found->second.diagonals == 0) count(found->second, between(in, out));
  pairs_.insert({pair, {&found->second, std::move(in), std::move(out)}});
}

double OperatorPrices::at_least(Pair pair) const {
  const CountedOperator& counted = *pairs_.at(pair).counted;
  if (counted.diagonals == 0) return std::numeric_limits<double>::infinity();
  if (const auto best = best_.find(&counted); best != best_.end())
    return cost_.layer_price(best->second.counts, counted.period, level_);
  const double rotation = std::min(cost_.rotate_hoisted_ms(level_), cost_.rotate_onto_ms(level_));
  return static_cast<double>(counted.diagonals) * cost_.product_ms(level_, counted.period) +
         counted.rotations * rotation;
}

double OperatorPrices::price(Pair pair) {
  const Known& known = pairs_.at(pair);
  CountedOperator& counted = *known.counted;
  const auto price = [&](const SplitCost& counts) {
    return cost_.layer_price(counts, counted.period, level_);
  };
  if (counted.splits.empty())
    counted.splits = count_splits(DistanceSets(between(known.in, known.out), memo_));
  const auto [best, is_new] = best_.try_emplace(&counted);
  if (is_new) best->second = cheapest(counted.splits, price);
  return price(best->second.counts);
}

const SlotMatrix& OperatorPrices::between(const Layout& in, const Layout& out) {
  matrix_.in = in, matrix_.out = out;
  return matrix_;
}

void OperatorPrices::count(CountedOperator& counted, const SlotMatrix& matrix) {
  const DistanceSets sets(matrix, memo_);
  if (sets.diagonals_at_most() > most_) return;
  const PairDistances pairs = sets.by_pair();
  counted.diagonals = pairs.diagonals();
  counted.rotations = pairs.rotations_at_least();
  counted.period = matrix.weight_period();
}

}  // namespace veilray::plan
