// All splits of a set of distances, counted by folding it. A set is a row of bits, one a slot
// distance. Leaving one bit out of the distances' binary form is one pass over half the row, and
// steps are distances with some bits left out: of those that a split keeps apart, each fold of the
// one before. A centred remainder is a plain one after a turn of the row.
#include "plan/count_splits.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace veilray::plan {
namespace {

/// How many steps other than 0 a split makes of a set of distances.
struct StepCounts {
  std::uint32_t middles = 0, rests = 0;
};

/// Of one set of distances, by split.
class SetCounts {
 public:
  explicit SetCounts(const NumberSet& distances)
      : bits_(static_cast<std::uint32_t>(std::countr_zero(distances.size()))),
        counts_(2 * (bits_ + 1) * (bits_ + 1)) {
    at(0, 0, false).rests = distances.count_without(0);
    NumberSet upper = distances;  // without the bits below `low`
    for (std::uint32_t low = 0; low < bits_; ++low) {
      count_middles(low, false, upper);
      count_rests(low, false, distances);
      // Rounded to the nearest multiple of 2^low, not down.
      const std::size_t half = low == 0 ? 0 : std::size_t{1} << (low - 1);
      count_middles(low, true, low == 0 ? upper : rounded_);
      count_rests(low, true, distances.turned(half));
      rounded_ = upper.turned(1).without(1);
      upper = upper.without(1);
    }
  }

  const StepCounts& of(const StepSplit& split) const {
    return counts_[index(split.low, split.high, split.centred)];
  }

 private:
  std::size_t index(std::uint32_t low, std::uint32_t high, bool centred) const {
    return (std::size_t{low} * (bits_ + 1) + high) * 2 + (centred ? 1 : 0);
  }
  StepCounts& at(std::uint32_t low, std::uint32_t high, bool centred) {
    return counts_[index(low, high, centred)];
  }

  /// `upper`: the distances' multiples of 2^low. The field loses its bits from the top.
  void count_middles(std::uint32_t low, bool centred, NumberSet upper) {
    for (std::uint32_t high = bits_; high > low; --high) {
      at(low, high, centred).middles = upper.count_without(0);
      upper = upper.without(upper.size() / 2);
    }
  }
  /// `kept`: the distances, shifted for a centred field so that each of its remainders is 2^(low -
  /// 1) more. Bits from `low` on are left out, one after the other; a centred middle carries into
  /// what is above.
  void count_rests(std::uint32_t low, bool centred, NumberSet kept) {
    const std::size_t weight = std::size_t{1} << low;
    for (std::uint32_t high = low + 1; high <= bits_; ++high) {
      NumberSet next = kept.without(weight);
      at(low, high, centred).rests =
          centred ? kept.turned(weight).without(weight).count_without(weight / 2)
                  : next.count_without(0);
      kept = std::move(next);
    }
  }

  std::uint32_t bits_;
  std::vector<StepCounts> counts_;
  NumberSet rounded_{1};
};

/// Ciphertexts of one side, by the distances that they have.
class Side {
 public:
  explicit Side(const std::vector<SharedSet>& sets) {
    for (const SharedSet& set : sets)
      sets_.emplace_back(SetCounts(set.distances), static_cast<std::uint32_t>(set.times));
  }

  struct Rotations {
    std::uint32_t ciphertexts = 0;  // that are rotated at all
    std::uint32_t steps = 0;
  };
  Rotations count(const StepSplit& split, std::uint32_t StepCounts::* kind) const {
    Rotations rotations;
    for (const auto& [counts, times] : sets_) {
      const std::uint32_t steps = counts.of(split).*kind;
      rotations.steps += steps * times;
      rotations.ciphertexts += steps == 0 ? 0 : times;
    }
    return rotations;
  }

 private:
  std::vector<std::pair<SetCounts, std::uint32_t>> sets_;
};

std::vector<StepSplit> all_splits(std::uint32_t bits) {
  std::vector<StepSplit> splits;
  for (std::uint32_t low = 0; low <= bits; ++low)
    for (std::uint32_t high = low; high <= bits; ++high)
      for (const bool middle_is_giant : {false, true})
        for (const bool centred : {false, true}) {
          // No middle: one kind of step for all, wherever the field is not.
          if (low == high && (low > 0 || centred)) continue;
          splits.push_back({low, high, middle_is_giant, centred});
        }
  return splits;
}

}  // namespace

std::vector<CountedSplit> count_splits(const DistanceSets& sets) {
  const std::vector<SharedSet> outputs = sets.by_out();
  const Side ins(sets.by_in()), outs(outputs);
  NumberSet distances = outputs.front().distances;
  for (const SharedSet& set : outputs) distances.merge(set.distances);
  const SetCounts all(distances);
  const auto products = static_cast<std::uint32_t>(sets.by_pair().diagonals());
  const auto bits = static_cast<std::uint32_t>(std::countr_zero(distances.size()));
  std::vector<CountedSplit> counted;
  for (const StepSplit& split : all_splits(bits)) {
    auto baby = &StepCounts::middles, giant = &StepCounts::rests;
    if (split.middle_is_giant) std::swap(baby, giant);
    const auto [hoists, babies] = ins.count(split, baby);
    const auto [sums, giants] = outs.count(split, giant);
    // No step but 0 is both a middle and a rest.
    const std::uint32_t keys = all.of(split).middles + all.of(split).rests;
    counted.push_back({split, {hoists, babies, giants, sums, products, keys}});
  }
  return counted;
}

CountedSplit cheapest(const std::vector<CountedSplit>& splits,
                      const std::function<double(const SplitCost&)>& price) {
  return *std::ranges::min_element(splits, {},
                                   [&](const CountedSplit& split) { return price(split.counts); });
}

}  // namespace veilray::plan
