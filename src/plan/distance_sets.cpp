#include "plan/distance_sets.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "plan/axis_entries.h"

namespace veilray::plan {
namespace {

std::vector<std::int32_t> distinct(std::vector<std::int32_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

std::vector<std::int32_t> sums(const std::vector<std::int32_t>& a,
                               const std::vector<std::int32_t>& b) {
  std::vector<std::int32_t> all;
  all.reserve(a.size() * b.size());
  for (const std::int32_t left : a)
    for (const std::int32_t right : b) all.push_back(left + right);
  return distinct(std::move(all));
}

template <class Key, class Sets>
void count_sets(std::map<Key, std::vector<std::int32_t>>& distances, Sets& sets) {
  for (auto& [key, list] : distances) ++sets[distinct(std::move(list))];
}

std::uint64_t total(const auto& axis_sets) {
  std::uint64_t count = 0;
  for (const auto& [distances, times] : axis_sets) count += times;
  return count;
}

/// Where the bits of an axis stand in both layouts, and copies of the input beside the result's:
/// that decides its distances.
std::string bits_of(const SlotMatrix& matrix, Axis axis) {
  std::string key(1, static_cast<char>(axis));
  for (const Layout* layout : {&matrix.in, &matrix.out}) {
    key += '|';
    for (std::uint32_t bit = 0; bit < layout->log_slots(); ++bit)
      if (const SlotBit& slot = layout->slot_bits()[bit];
          slot.kind == SlotBit::Kind::kAxis && slot.source.axis == axis)
        key += {'s', static_cast<char>(bit), static_cast<char>(slot.source.bit)};
    for (std::size_t bit = 0; bit < layout->ciphertext_bits().size(); ++bit)
      if (const AxisBit& source = layout->ciphertext_bits()[bit]; source.axis == axis)
        key += {'c', static_cast<char>(bit), static_cast<char>(source.bit)};
  }
  const std::uint32_t beside = matrix.in.copy_bits() & axis_mask(matrix.out, axis, 0, 32);
  return key + '=' + std::to_string(beside) + (matrix.spill ? "s" : "");
}

}  // namespace

AxisDistances::AxisDistances(const SlotMatrix& matrix, Axis axis) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::int32_t>> pairs;
  std::map<std::uint32_t, std::vector<std::int32_t>> ins, outs;
  for (const AxisMove& move : axis_moves(matrix, axis)) {
    pairs[{move.out, move.in}].push_back(move.distance);
    ins[move.in].push_back(move.distance);
    outs[move.out].push_back(move.distance);
    ++moves;
  }
  count_sets(pairs, by_pair);
  count_sets(ins, by_in);
  count_sets(outs, by_out);
}

DistanceSets::DistanceSets(const SlotMatrix& matrix, AxisMemo& memo)
    : form_(matrix.form),
      slots_(matrix.out.slots()),
      period_(matrix.in.period()),
      ins_(matrix.in.ciphertexts()),
      outs_(matrix.out.ciphertexts()) {
  if (form_ == SlotMatrix::Form::kFolded) {
    period_ = matrix.out.period();
    return;
  }
  for (const std::uint32_t copy : sums_of_bits(far_copies(matrix)))
    copies_.push_back(-static_cast<std::int32_t>(copy));
  for (const Axis axis : {Axis::kChannel, Axis::kRow, Axis::kColumn}) {
    const std::string key = bits_of(matrix, axis);
    auto at = memo.find(key);
    if (at == memo.end()) at = memo.emplace(key, AxisDistances(matrix, axis)).first;
    axes_[static_cast<std::size_t>(axis)] = &at->second;
  }
}

std::uint64_t DistanceSets::diagonals_at_most() const {
  const std::uint64_t all = ins_ * outs_ * period_;
  if (form_ == SlotMatrix::Form::kFolded) return all;
  // A short vector that fills all slots is never far.
  std::uint64_t moves = copies_.size();
  for (const AxisDistances* axis : axes_) moves *= axis->moves;
  return std::min(moves, all);
}

PairDistances DistanceSets::by_pair() const {
  if (form_ == SlotMatrix::Form::kFolded) return {by_in(), ins_, outs_};
  PairDistances pairs{combined(&AxisDistances::by_pair), 1, 1};
  for (const AxisDistances* axis : axes_)
    pairs.ins *= total(axis->by_in), pairs.outs *= total(axis->by_out);
  return pairs;
}

std::vector<SharedSet> DistanceSets::by_in() const { return combined(&AxisDistances::by_in); }
std::vector<SharedSet> DistanceSets::by_out() const { return combined(&AxisDistances::by_out); }

/// All sums of one distance an axis. Folded, every input has all distances to the one output.
std::vector<SharedSet> DistanceSets::combined(AxisDistances::Sets AxisDistances::* sets) const {
  if (form_ == SlotMatrix::Form::kFolded) {
    NumberSet all(slots_);
    for (std::uint32_t distance = 0; distance < period_; ++distance) all.insert(distance);
    return {{std::move(all), sets == &AxisDistances::by_in ? ins_ : outs_}};
  }
  std::map<NumberSet, std::uint64_t> times;
  const auto [channels, rows, columns] = axes_;
  for (const auto& [y, y_times] : rows->*sets)
    for (const auto& [x, x_times] : columns->*sets) {
      const auto planes = sums(sums(y, x), copies_);
      for (const auto& [c, c_times] : channels->*sets)
        times[wrapped(c, planes)] += c_times * y_times * x_times;
    }
  std::vector<SharedSet> combined;
  for (const auto& [distances, count] : times) combined.push_back({distances, count});
  return combined;
}

NumberSet DistanceSets::wrapped(const std::vector<std::int32_t>& a,
                                const std::vector<std::int32_t>& b) const {
  NumberSet set(slots_);
  for (const std::int32_t left : a)
    for (const std::int32_t right : b)
      set.insert(static_cast<std::uint32_t>(left + right) & (period_ - 1));
  return set;
}

std::uint64_t PairDistances::diagonals() const {
  std::uint64_t count = 0;
  for (const SharedSet& set : sets) count += set.times * set.distances.count();
  return count;
}

double PairDistances::rotations_at_least() const {
  std::uint32_t most = 0, least = UINT32_MAX;
  std::uint64_t pairs = 0;
  for (const SharedSet& set : sets) {
    most = std::max(most, set.distances.count());
    least = std::min(least, set.distances.count());
    pairs += set.times;
  }
  // Every pair of an input and an output with `least` diagonals: b_i * g_o >= least for all, and
  // the sum is smallest where all are sqrt(least). Pairs may lack; then the fullest one must do.
  if (pairs < ins * outs) least = 0;
  const auto inputs = static_cast<double>(ins), outputs = static_cast<double>(outs);
  return std::max({0.0, 2 * std::sqrt(static_cast<double>(most)) - 2,
                   2 * std::sqrt(inputs * outputs * least) - inputs - outputs});
}

}  // namespace veilray::plan
