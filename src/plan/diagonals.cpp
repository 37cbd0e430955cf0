#include "plan/diagonals.h"

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

#include "plan/axis_entries.h"

namespace veilray::plan {
namespace {

constexpr std::uint32_t kMarkBits = 64;

std::uint32_t wrap(std::int64_t distance, std::uint32_t period) {
  return static_cast<std::uint32_t>(distance & (static_cast<std::int64_t>(period) - 1));
}

std::vector<Diagonal> placed_diagonals(const SlotMatrix& matrix) {
  const auto channels = axis_moves(matrix, Axis::kChannel);
  const auto rows = axis_moves(matrix, Axis::kRow);
  const auto columns = axis_moves(matrix, Axis::kColumn);
  DistinctMoves distinct;
  for (const AxisMove& y : rows)
    for (const AxisMove& x : columns)
      distinct.add({y.out + x.out, y.in + x.in, y.distance + x.distance});
  const auto planes = std::move(distinct).take();

  // Marked, not sorted: there may be many times as many as are distinct. By pair of ciphertexts, of
  // which most have none in a layout of many.
  const std::uint32_t period = matrix.in.period(), ins = matrix.in.ciphertexts();
  const auto copies = sums_of_bits(far_copies(matrix));
  std::vector<std::vector<std::uint64_t>> marked(std::size_t{matrix.out.ciphertexts()} * ins);
  for (const AxisMove& c : channels)
    for (const AxisMove& p : planes) {
      auto& distances = marked[std::size_t{c.out + p.out} * ins + c.in + p.in];
      if (distances.empty()) distances.resize(period / kMarkBits + 1);
      for (const std::uint32_t copy : copies) {
        const auto distance = wrap(std::int64_t{c.distance} + p.distance - copy, period);
        distances[distance / kMarkBits] |= std::uint64_t{1} << distance % kMarkBits;
      }
    }
  std::vector<Diagonal> diagonals;
  for (std::uint32_t out = 0; out < matrix.out.ciphertexts(); ++out)
    for (std::uint32_t in = 0; in < ins; ++in) {
      const auto& distances = marked[std::size_t{out} * ins + in];
      for (std::uint32_t word = 0; word < distances.size(); ++word)
        for (std::uint64_t left = distances[word]; left != 0; left &= left - 1)
          diagonals.push_back(
              {out, in, word * kMarkBits + static_cast<std::uint32_t>(std::countr_zero(left))});
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
  std::uint32_t away;  // of it, what is neither a hole nor a copy of the input
};

std::vector<Copy> copies_of(const SlotMatrix& matrix) {
  const std::uint32_t spilled = matrix.spill ? hole_mask(matrix.out) & -matrix.weight_period() : 0;
  std::vector<Copy> copies;
  for (const std::uint32_t copy : sums_of_bits(matrix.out.copy_bits()))
    for (const std::uint32_t hole : sums_of_bits(spilled))
      copies.push_back({copy + hole, copy & far_copies(matrix)});
  return copies;
}

/// The bits of an output ciphertext's number that one axis has.
std::uint32_t ciphertext_part(const Layout& layout, Axis axis, std::uint32_t ciphertext) {
  std::uint32_t mask = 0;
  for (std::uint32_t bit = 0; bit < layout.ciphertext_bits().size(); ++bit)
    if (layout.ciphertext_bits()[bit].axis == axis) mask |= 1U << bit;
  return ciphertext & mask;
}

struct IndexedSlot {
  std::size_t index;
  std::uint32_t slot;
};
/// An axis's indices whose elements ciphertext `wanted` has, and what they add to the slot number.
std::vector<IndexedSlot> places_within(const Layout& layout, Axis axis, std::uint32_t wanted) {
  const std::uint32_t part = ciphertext_part(layout, axis, wanted);
  std::vector<IndexedSlot> found;
  for (std::int64_t i = 0; i < layout.shape()[static_cast<std::size_t>(axis)]; ++i)
    if (const Place place = layout.part(axis, i); place.ciphertext == part)
      found.push_back({static_cast<std::size_t>(i), place.slot});
  return found;
}

/// Those of an axis in ciphertext `wanted` and slots below a power of two: both numbers are sums of
/// disjoint bits. By diagonal, so that one is visited after the other, and by slot.
std::vector<AxisEntry> entries_within(const SlotMatrix& matrix, Axis axis, std::uint32_t wanted,
                                      std::uint32_t slots) {
  auto entries = axis_entries(matrix, axis).entries;
  const std::uint32_t part = ciphertext_part(matrix.out, axis, wanted);
  std::erase_if(entries, [&](const AxisEntry& entry) {
    return entry.out != part || entry.out_slot >= slots;
  });
  std::ranges::sort(entries, {}, [](const AxisEntry& entry) {
    return std::tuple(entry.in, entry.distance, entry.tap.weight, entry.out_slot);
  });
  return entries;
}

/// An entry of the columns, and how many there are with those that follow at equal strides.
struct ColumnRun {
  AxisEntry first;
  std::uint32_t count = 1, stride = 1;

  bool takes(const AxisEntry& x) const {
    const std::uint32_t away = x.out_slot - first.out_slot;
    return first.in == x.in && first.distance == x.distance && first.tap.weight == x.tap.weight &&
           (count == 1 || away == count * stride);
  }
};

std::vector<ColumnRun> column_runs(const std::vector<AxisEntry>& columns) {
  std::vector<ColumnRun> runs;
  for (const AxisEntry& x : columns) {
    if (runs.empty() || !runs.back().takes(x)) {
      runs.push_back({x});
    } else if (ColumnRun& run = runs.back(); run.count++ == 1) {
      run.stride = x.out_slot - run.first.out_slot;
    }
  }
  return runs;
}

/// The entries of an output ciphertext: their product.
struct PlacedRuns {
  std::vector<AxisEntry> channels, rows;
  std::vector<ColumnRun> columns;
  std::vector<Copy> copies;

  PlacedRuns(const SlotMatrix& m, std::uint32_t wanted, std::uint32_t slots)
      : channels(entries_within(m, Axis::kChannel, wanted, slots)),
        rows(entries_within(m, Axis::kRow, wanted, slots)),
        columns(column_runs(entries_within(m, Axis::kColumn, wanted, slots))),
        copies(copies_of(m)) {
    std::erase_if(copies, [&](const Copy& copy) { return copy.slot >= slots; });
  }
  std::size_t stretches() const {
    std::size_t of_columns = 0;
    for (const ColumnRun& run : columns) of_columns += run.stride == 1 ? 1 : run.count;
    return channels.size() * rows.size() * of_columns * copies.size();
  }
};

void visit_placed(const SlotMatrix& m, std::uint32_t wanted, std::uint32_t slots,
                  const std::function<void(const EntryRun&)>& visit) {
  const PlacedRuns runs(m, wanted, slots);
  for (const AxisEntry& c : runs.channels)
    for (const AxisEntry& y : runs.rows)
      for (const auto& [x, count, stride] : runs.columns) {
        const std::int64_t distance = std::int64_t{c.distance} + y.distance + x.distance;
        const double weight = m.op.weight(c.tap, y.tap, x.tap);
        const std::uint32_t first = c.out_slot + y.out_slot + x.out_slot;
        for (const Copy& copy : runs.copies)
          visit({{wanted, c.in + y.in + x.in, wrap(distance - copy.away, m.in.period())},
                 first + copy.slot,
                 count,
                 stride,
                 weight});
      }
}

void visit_folded(const SlotMatrix& m, std::uint32_t slots,
                  const std::function<void(const EntryRun&)>& visit) {
  for (const Tap& c : m.op.taps[0])
    for (const Tap& y : m.op.taps[1])
      for (const Tap& x : m.op.taps[2]) {
        const Place from = m.in.place(c.in, y.in, x.in);
        const std::uint32_t distance = wrap(std::int64_t{from.slot} - c.out, m.out.period());
        const std::uint32_t out_slot = wrap(std::int64_t{from.slot} - distance, m.out.slots());
        if (out_slot < slots)
          visit({{0, from.ciphertext, distance}, out_slot, 1, 1, m.op.weight(c, y, x)});
      }
}

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
  fixed |= far_copies(*this);
  return std::bit_ceil(fixed + 1);
}

void SlotMatrix::for_each_run(std::uint32_t out_ciphertext, std::uint32_t slots,
                              const std::function<void(const EntryRun&)>& visit) const {
  if (form == Form::kPlaced) {
    visit_placed(*this, out_ciphertext, slots, visit);
  } else if (out_ciphertext == 0) {
    visit_folded(*this, slots, visit);
  }
}

std::size_t SlotMatrix::count_stretches(std::uint32_t out_ciphertext, std::uint32_t slots) const {
  if (form == Form::kPlaced) return PlacedRuns(*this, out_ciphertext, slots).stretches();
  std::size_t stretches = 0;
  if (out_ciphertext == 0) visit_folded(*this, slots, [&](const EntryRun&) { ++stretches; });
  return stretches;
}

std::vector<double> SlotMatrix::bias_slots(std::uint32_t out_ciphertext) const {
  if (op.bias.empty()) return {};
  std::vector<double> slots(out.slots(), 0.0);
  const auto copies = sums_of_bits(out.copy_bits());
  const auto rows = places_within(out, Axis::kRow, out_ciphertext);
  const auto columns = places_within(out, Axis::kColumn, out_ciphertext);
  for (const auto& [channel, first] : places_within(out, Axis::kChannel, out_ciphertext))
    for (const auto& [y, row] : rows)
      for (const auto& [x, column] : columns)
        for (const std::uint32_t copy : copies)
          slots[first + row + column + copy] = static_cast<double>(op.bias[channel]);
  return slots;
}

StepSplit::Steps StepSplit::operator()(std::uint32_t distance, std::uint32_t slots) const {
  const std::int64_t lower = remainder(distance, low, centred);
  const std::int64_t middle = remainder(distance - lower, high, centred);
  const std::uint32_t field = wrap(middle, slots);
  const std::uint32_t rest = wrap(std::int64_t{distance} - middle, slots);
  return middle_is_giant ? Steps{rest, field} : Steps{field, rest};
}

}  // namespace veilray::plan
