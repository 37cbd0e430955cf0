// All splits of a set of distances, counted by folding it. A set is a row of bits, one a slot
// distance. Leaving one bit out of the distances' binary form is one pass over half the row, and
// steps are distances with some bits left out: of those that a split keeps apart, each fold of the
// one before. A centred remainder is a plain one after a turn of the row.
#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "plan/diagonals.h"

namespace veilray::plan {
namespace {

constexpr std::size_t kWordBits = 64;

/// A set of numbers below a power of two.
class NumberSet {
 public:
  explicit NumberSet(std::size_t size)
      : size_(size), words_(std::max<std::size_t>(size / kWordBits, 1)) {}

  void insert(std::size_t number) { words_[number / kWordBits] |= bit(number); }
  bool contains(std::size_t number) const {
    return (words_[number / kWordBits] & bit(number)) != 0;
  }
  std::uint32_t count() const {
    int count = 0;
    for (const std::uint64_t word : words_) count += std::popcount(word);
    return static_cast<std::uint32_t>(count);
  }
  /// Of its numbers, those that are not `zero`.
  std::uint32_t count_without(std::size_t zero) const { return count() - (contains(zero) ? 1 : 0); }
  std::size_t size() const { return size_; }

  /// (number + by) mod size, for by < size.
  NumberSet turned(std::size_t by) const {
    NumberSet out(size_);
    if (size_ < kWordBits) {
      const std::uint64_t all = (std::uint64_t{1} << size_) - 1;
      out.words_[0] = by == 0 ? words_[0] : (words_[0] << by | words_[0] >> (size_ - by)) & all;
      return out;
    }
    const std::size_t count = words_.size(), skip = by / kWordBits, shift = by % kWordBits;
    for (std::size_t w = 0; w < count; ++w) {
      const std::uint64_t high = words_[(w + count - skip) % count];
      const std::uint64_t low = words_[(w + 2 * count - skip - 1) % count];
      out.words_[w] = shift == 0 ? high : high << shift | low >> (kWordBits - shift);
    }
    return out;
  }

  /// Its numbers without the bit of weight `weight`, below size; what lay above moves down.
  NumberSet without(std::size_t weight) const {
    NumberSet out(size_ / 2);
    if (weight >= kWordBits) {
      const std::size_t run = weight / kWordBits;
      for (std::size_t w = 0; w < out.words_.size(); ++w) {
        const std::size_t from = w / run * 2 * run + w % run;
        out.words_[w] = words_[from] | words_[from + run];
      }
      return out;
    }
    for (std::size_t w = 0; w < words_.size(); ++w)
      out.words_[w / 2] |= halved(words_[w], weight) << (w % 2 * (kWordBits / 2));
    return out;
  }

  friend auto operator<=>(const NumberSet&, const NumberSet&) = default;

 private:
  static std::uint64_t bit(std::size_t number) { return std::uint64_t{1} << number % kWordBits; }
  /// Groups of `weight` bits, every second one, side by side.
  static std::uint64_t halved(std::uint64_t word, std::size_t weight) {
    word |= word >> weight;
    for (std::size_t group = weight; group < kWordBits / 2; group *= 2) {
      word &= kEverySecond[static_cast<std::size_t>(std::countr_zero(group))];
      word |= word >> group;
    }
    return word & 0xffffffffU;
  }
  /// Groups of 1, 2, 4, 8, 16 bits.
  static constexpr std::uint64_t kEverySecond[] = {0x5555555555555555U, 0x3333333333333333U,
                                                   0x0f0f0f0f0f0f0f0fU, 0x00ff00ff00ff00ffU,
                                                   0x0000ffff0000ffffU};

  std::size_t size_;
  std::vector<std::uint64_t> words_;
};

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

/// Ciphertexts of one side by what distances their diagonals have: most have the same.
class Side {
 public:
  Side(const std::vector<Diagonal>& diagonals, std::uint32_t Diagonal::* ciphertext,
       std::uint32_t slots) {
    std::map<std::uint32_t, NumberSet> by_ciphertext;
    for (const Diagonal& d : diagonals)
      by_ciphertext.try_emplace(d.*ciphertext, slots).first->second.insert(d.distance);
    std::map<NumberSet, std::uint32_t> times;
    for (auto& [number, distances] : by_ciphertext) ++times[std::move(distances)];
    for (const auto& [distances, count] : times) sets_.emplace_back(SetCounts(distances), count);
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

std::vector<CountedSplit> count_splits(const std::vector<Diagonal>& diagonals,
                                       std::uint32_t slots) {
  const Side ins(diagonals, &Diagonal::in, slots), outs(diagonals, &Diagonal::out, slots);
  NumberSet distances(slots);
  for (const Diagonal& d : diagonals) distances.insert(d.distance);
  const SetCounts all(distances);
  std::vector<CountedSplit> counted;
  for (const StepSplit& split : all_splits(index_bits(slots))) {
    auto baby = &StepCounts::middles, giant = &StepCounts::rests;
    if (split.middle_is_giant) std::swap(baby, giant);
    const auto [hoists, babies] = ins.count(split, baby);
    const auto [sums, giants] = outs.count(split, giant);
    // No step but 0 is both a middle and a rest.
    const std::uint32_t keys = all.of(split).middles + all.of(split).rests;
    counted.push_back(
        {split,
         {hoists, babies, giants, sums, static_cast<std::uint32_t>(diagonals.size()), keys}});
  }
  return counted;
}

CountedSplit cheapest(const std::vector<CountedSplit>& splits,
                      const std::function<double(const SplitCost&)>& price) {
  return *std::ranges::min_element(splits, {},
                                   [&](const CountedSplit& split) { return price(split.counts); });
}

}  // namespace veilray::plan
