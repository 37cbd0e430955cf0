#include "plan/diagonals.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "plan/axis_entries.h"

namespace veilray::plan {
namespace {

/// The part of an axis's entry that a diagonal has.
struct Move {
  std::uint32_t out, in;
  std::int32_t distance;
  friend auto operator<=>(const Move&, const Move&) = default;
};

std::vector<Move> axis_moves(const SlotMatrix& matrix, Axis axis) {
  std::vector<Move> moves;
  for (const AxisEntry& entry : axis_entries(matrix, axis).entries)
    moves.push_back({entry.out, entry.in, entry.distance});
  std::sort(moves.begin(), moves.end());
  moves.erase(std::unique(moves.begin(), moves.end()), moves.end());
  return moves;
}

std::uint32_t wrap(std::int64_t distance, std::uint32_t period) {
  return static_cast<std::uint32_t>(distance & (static_cast<std::int64_t>(period) - 1));
}

std::vector<Diagonal> placed_diagonals(const SlotMatrix& matrix) {
  const auto channels = axis_moves(matrix, Axis::kChannel);
  const auto rows = axis_moves(matrix, Axis::kRow);
  const auto columns = axis_moves(matrix, Axis::kColumn);
  std::vector<Move> planes;
  for (const Move& y : rows)
    for (const Move& x : columns)
      planes.push_back({y.out + x.out, y.in + x.in, y.distance + x.distance});
  std::sort(planes.begin(), planes.end());
  planes.erase(std::unique(planes.begin(), planes.end()), planes.end());

  // Marked, not sorted: there may be many times as many as are distinct. By pair of ciphertexts, of
  // which most have none in a layout of many.
  const std::uint32_t period = matrix.in.period(), ins = matrix.in.ciphertexts();
  std::vector<std::vector<bool>> marked(std::size_t{matrix.out.ciphertexts()} * ins);
  for (std::uint32_t copy = 0; copy < matrix.out.slots(); copy += matrix.out.period())
    for (const Move& c : channels)
      for (const Move& p : planes) {
        auto& distances = marked[std::size_t{c.out + p.out} * ins + c.in + p.in];
        if (distances.empty()) distances.resize(period);
        distances[wrap(std::int64_t{c.distance} + p.distance - copy, period)] = true;
      }
  std::vector<Diagonal> diagonals;
  for (std::uint32_t out = 0; out < matrix.out.ciphertexts(); ++out)
    for (std::uint32_t in = 0; in < ins; ++in) {
      const auto& distances = marked[std::size_t{out} * ins + in];
      for (std::uint32_t distance = 0; distance < distances.size(); ++distance)
        if (distances[distance]) diagonals.push_back({out, in, distance});
    }
  return diagonals;
}

/// Input slot i feeds output j through the distance (i - j) mod out_period: fewer than out_period
/// in all.
std::vector<Diagonal> folded_diagonals(const SlotMatrix& matrix) {
  std::vector<Diagonal> diagonals;
  for (std::uint32_t in = 0; in < matrix.in.ciphertexts(); ++in)
    for (std::uint32_t distance = 0; distance < matrix.out.period(); ++distance)
      diagonals.push_back({0, in, distance});
  return diagonals;
}

std::uint32_t hole_mask(const Layout& layout) {
  std::uint32_t mask = 0;
  for (std::uint32_t bit = 0; bit < layout.log_slots(); ++bit)
    if (layout.slot_bits()[bit].kind == SlotBit::Kind::kHole) mask |= 1U << bit;
  return mask;
}

/// Where a result stands beside its first place: in replicas, which read what the first reads, from
/// farther away; and, of no use to anyone, in holes above what weights depend on, which read what
/// lies there, so that weights repeat.
struct Copy {
  std::uint32_t slot;
  std::uint32_t away;  // of it, what is no hole
};

std::vector<Copy> copies_of(const SlotMatrix& matrix) {
  const std::uint32_t spilled = matrix.spill ? hole_mask(matrix.out) & -matrix.weight_period() : 0;
  std::vector<Copy> copies;
  for (std::uint32_t copy = 0; copy < matrix.out.slots(); copy += matrix.out.period())
    for (const std::uint32_t hole : sums_of_bits(spilled)) copies.push_back({copy + hole, copy});
  return copies;
}

void visit_placed(const SlotMatrix& m, std::uint32_t wanted,
                  const std::function<void(const Entry&)>& visit) {
  const auto rows = axis_entries(m, Axis::kRow).entries;
  const auto columns = axis_entries(m, Axis::kColumn).entries;
  const auto copies = copies_of(m);
  for (const AxisEntry& c : axis_entries(m, Axis::kChannel).entries)
    for (const AxisEntry& y : rows)
      for (const AxisEntry& x : columns) {
        if (c.out + y.out + x.out != wanted) continue;
        const std::int64_t distance = std::int64_t{c.distance} + y.distance + x.distance;
        const double weight = m.op.weight(c.tap, y.tap, x.tap);
        const std::uint32_t first = c.out_slot + y.out_slot + x.out_slot;
        for (const Copy& copy : copies)
          visit({{wanted, c.in + y.in + x.in, wrap(distance - copy.away, m.in.period())},
                 first + copy.slot,
                 weight});
      }
}

void visit_folded(const SlotMatrix& m, const std::function<void(const Entry&)>& visit) {
  for (const Tap& c : m.op.taps[0])
    for (const Tap& y : m.op.taps[1])
      for (const Tap& x : m.op.taps[2]) {
        const Place from = m.in.place(c.in, y.in, x.in);
        const std::uint32_t distance = wrap(std::int64_t{from.slot} - c.out, m.out.period());
        const std::uint32_t out_slot = wrap(std::int64_t{from.slot} - distance, m.out.slots());
        visit({{0, from.ciphertext, distance}, out_slot, m.op.weight(c, y, x)});
      }
}

/// A set of small numbers that is emptied in constant time: a search counts thousands of splits.
class MarkSet {
 public:
  explicit MarkSet(std::size_t size) : marks_(size, 0) {}
  void clear() { ++epoch_, count_ = 0; }
  void insert(std::size_t key) {
    if (std::exchange(marks_[key], epoch_) != epoch_) ++count_;
  }
  std::uint32_t count() const { return count_; }

 private:
  std::vector<std::uint32_t> marks_;
  std::uint32_t epoch_ = 1;
  std::uint32_t count_ = 0;
};

/// One end of the diagonals: an input ciphertext with a distance, or an output ciphertext with one.
struct End {
  std::uint32_t ciphertext, distance;
  friend auto operator<=>(const End&, const End&) = default;
};

std::vector<End> distinct_ends(const std::vector<Diagonal>& diagonals,
                               std::uint32_t Diagonal::* ciphertext) {
  std::vector<End> ends;
  ends.reserve(diagonals.size());
  for (const Diagonal& d : diagonals) ends.push_back({d.*ciphertext, d.distance});
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  return ends;
}

std::uint32_t one_past(const std::vector<End>& ends) {
  return ends.empty() ? 1 : ends.back().ciphertext + 1;
}

class StepCounter {
 public:
  StepCounter(const std::vector<Diagonal>& diagonals, std::uint32_t slots)
      : products_(static_cast<std::uint32_t>(diagonals.size())),
        slots_(slots),
        ins_(distinct_ends(diagonals, &Diagonal::in)),
        outs_(distinct_ends(diagonals, &Diagonal::out)),
        babies_(std::size_t{one_past(ins_)} * slots),
        giants_(std::size_t{one_past(outs_)} * slots),
        keys_(slots),
        inputs_(one_past(ins_)),
        outputs_(one_past(outs_)) {}

  SplitCost count(const StepSplit& split) {
    for (MarkSet* set : {&babies_, &giants_, &keys_, &inputs_, &outputs_}) set->clear();
    for (const End& end : ins_) {
      const std::uint32_t baby = split(end.distance, slots_).baby;
      if (baby == 0) continue;
      babies_.insert(std::size_t{end.ciphertext} * slots_ + baby);
      inputs_.insert(end.ciphertext);
      keys_.insert(baby);
    }
    for (const End& end : outs_) {
      const std::uint32_t giant = split(end.distance, slots_).giant;
      if (giant == 0) continue;
      giants_.insert(std::size_t{end.ciphertext} * slots_ + giant);
      outputs_.insert(end.ciphertext);
      keys_.insert(giant);
    }
    return {inputs_.count(),  babies_.count(), giants_.count(),
            outputs_.count(), products_,       keys_.count()};
  }

 private:
  std::uint32_t products_, slots_;
  std::vector<End> ins_, outs_;
  MarkSet babies_, giants_, keys_, inputs_, outputs_;
};

/// distance mod 2^bits, in [0, 2^bits) or centred around zero.
std::int64_t remainder(std::int64_t distance, std::uint32_t bits, bool centred) {
  const std::int64_t modulus = std::int64_t{1} << bits;
  const std::int64_t offset = centred ? modulus / 2 : 0;
  return ((distance + offset) & (modulus - 1)) - offset;
}

}  // namespace

std::vector<Diagonal> SlotMatrix::diagonals() const {
  return form == Form::kPlaced ? placed_diagonals(*this) : folded_diagonals(*this);
}

std::uint32_t SlotMatrix::weight_period() const {
  if (form == Form::kFolded) return out.slots();
  std::uint32_t fixed = axis_mask(out, Axis::kChannel, 0, out.log_slots());
  for (const Axis axis : {Axis::kRow, Axis::kColumn}) fixed |= axis_entries(*this, axis).fixed;
  if (!spill) fixed |= hole_mask(out);
  if (in.period() > out.period()) fixed |= out.slots() - out.period();
  return std::bit_ceil(fixed + 1);
}

std::size_t SlotMatrix::diagonals_at_most() const {
  if (form == Form::kFolded) return std::size_t{in.ciphertexts()} * out.period();
  const std::size_t moves = axis_moves(*this, Axis::kChannel).size() *
                            axis_moves(*this, Axis::kRow).size() *
                            axis_moves(*this, Axis::kColumn).size() * (out.slots() / out.period());
  // A short vector that fills all slots is never far.
  return std::min(moves, std::size_t{in.ciphertexts()} * out.ciphertexts() * in.period());
}

void SlotMatrix::for_each_entry(std::uint32_t out_ciphertext,
                                const std::function<void(const Entry&)>& visit) const {
  if (form == Form::kPlaced) {
    visit_placed(*this, out_ciphertext, visit);
  } else if (out_ciphertext == 0) {
    visit_folded(*this, visit);
  }
}

std::vector<double> SlotMatrix::bias_slots(std::uint32_t out_ciphertext) const {
  if (op.bias.empty()) return {};
  std::vector<double> slots(out.slots(), 0.0);
  for (std::int64_t c = 0; c < op.out_shape[0]; ++c)
    for (std::int64_t y = 0; y < op.out_shape[1]; ++y)
      for (std::int64_t x = 0; x < op.out_shape[2]; ++x) {
        const Place place = out.place(c, y, x);
        if (place.ciphertext != out_ciphertext) continue;
        for (auto slot = place.slot; slot < out.slots(); slot += out.period())
          slots[slot] = static_cast<double>(op.bias[static_cast<std::size_t>(c)]);
      }
  return slots;
}

StepSplit::Steps StepSplit::operator()(std::uint32_t distance, std::uint32_t slots) const {
  const std::int64_t lower = remainder(distance, low, centred);
  const std::int64_t middle = remainder(distance - lower, high, centred);
  const std::uint32_t field = wrap(middle, slots);
  const std::uint32_t rest = wrap(std::int64_t{distance} - middle, slots);
  return middle_is_giant ? Steps{rest, field} : Steps{field, rest};
}

SplitCost count_steps(const std::vector<Diagonal>& diagonals, const StepSplit& split,
                      std::uint32_t slots) {
  return StepCounter(diagonals, slots).count(split);
}

double rotations_at_least(const std::vector<Diagonal>& diagonals) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> between;
  std::set<std::uint32_t> ins, outs;
  for (const Diagonal& d : diagonals) {
    ++between[{d.in, d.out}];
    ins.insert(d.in);
    outs.insert(d.out);
  }
  // Every pair of an input and an output with `least` diagonals: b_i * g_o >= least for all, and
  // the sum is smallest where all are sqrt(least). Pairs may lack; then the fullest one must do.
  std::uint32_t most = 0, least = between.size() < ins.size() * outs.size() ? 0 : UINT32_MAX;
  for (const auto& [pair, count] : between) {
    most = std::max(most, count);
    least = std::min(least, count);
  }
  const auto inputs = static_cast<double>(ins.size()), outputs = static_cast<double>(outs.size());
  return std::max({0.0, 2 * std::sqrt(static_cast<double>(most)) - 2,
                   2 * std::sqrt(inputs * outputs * least) - inputs - outputs});
}

StepSplit cheapest_split(const std::vector<Diagonal>& diagonals, std::uint32_t slots,
                         const std::function<double(const SplitCost&)>& price) {
  StepSplit best;
  double best_price = std::numeric_limits<double>::infinity();
  StepCounter counter(diagonals, slots);
  const auto log_slots = index_bits(slots);
  for (std::uint32_t low = 0; low <= log_slots; ++low)
    for (std::uint32_t high = low; high <= log_slots; ++high)
      for (const bool middle_is_giant : {false, true})
        for (const bool centred : {false, true}) {
          // No middle: one kind of step for all, wherever the field is not.
          if (low == high && (low > 0 || centred)) continue;
          const StepSplit split{low, high, middle_is_giant, centred};
          const double found = price(counter.count(split));
          if (found < best_price) best_price = found, best = split;
        }
  return best;
}

}  // namespace veilray::plan
