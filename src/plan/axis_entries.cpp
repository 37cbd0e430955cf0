#include "plan/axis_entries.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace veilray::plan {
namespace {

constexpr std::uint32_t kAllBits = 32;

std::vector<AxisEntry> tap_entries(const SlotMatrix& matrix, Axis axis) {
  // Of copies of an input an output reads the one beside it.
  const std::uint32_t apart = ~matrix.in.copy_bits();
  std::vector<AxisEntry> entries;
  for (const Tap& tap : matrix.op.taps[static_cast<std::size_t>(axis)]) {
    const Place to = matrix.out.part(axis, tap.out);
    const Place from = matrix.in.part(axis, tap.in);
    entries.push_back(
        {to.ciphertext, from.ciphertext,
         static_cast<std::int32_t>(from.slot) - static_cast<std::int32_t>(to.slot & apart), to.slot,
         tap});
  }
  return entries;
}

/// The entries, continued over every slot of the axis, if each weight makes the same move at all
/// positions of an output ciphertext that agree in the axis's bits below `low`; else nothing
/// (padding, or bits of one axis torn apart).
std::optional<AxisEntries> spilled_above(const SlotMatrix& matrix, Axis axis,
                                         const std::vector<AxisEntry>& entries, std::uint32_t low) {
  const std::uint32_t fixed = axis_mask(matrix.out, axis, 0, low);
  // All of them: one that padding leaves without any entry must stay so.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> outputs_of;
  for (std::int64_t o = 0; o < matrix.op.out_shape[static_cast<std::size_t>(axis)]; ++o) {
    const Place place = matrix.out.part(axis, o);
    ++outputs_of[{place.ciphertext, place.slot & fixed}];
  }
  struct Same {
    const AxisEntry* first = nullptr;
    std::size_t count = 0;
  };
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::int32_t>, Same> by_weight;
  for (const AxisEntry& entry : entries) {
    Same& same = by_weight[{entry.out, entry.out_slot & fixed, entry.tap.weight}];
    if (same.count++ == 0) same.first = &entry;
    if (entry.in != same.first->in || entry.distance != same.first->distance) return std::nullopt;
  }
  AxisEntries spilled{{}, fixed};
  const auto everywhere = sums_of_bits(axis_mask(matrix.out, axis, low, kAllBits));
  for (const auto& [key, same] : by_weight) {
    const auto& [out, residue, weight] = key;
    if (same.count != outputs_of[{out, residue}]) return std::nullopt;
    for (const std::uint32_t slot : everywhere)
      spilled.entries.push_back(
          {out, same.first->in, same.first->distance, residue + slot, same.first->tap});
  }
  return spilled;
}

}  // namespace

std::uint32_t axis_mask(const Layout& layout, Axis axis, std::uint32_t from, std::uint32_t to) {
  std::uint32_t mask = 0;
  for (std::uint32_t bit = 0; bit < layout.slot_bits().size(); ++bit) {
    const SlotBit& meaning = layout.slot_bits()[bit];
    if (meaning.kind == SlotBit::Kind::kAxis && meaning.source.axis == axis &&
        meaning.source.bit >= from && meaning.source.bit < to)
      mask |= 1U << bit;
  }
  return mask;
}

AxisEntries axis_entries(const SlotMatrix& matrix, Axis axis) {
  const auto entries = tap_entries(matrix, axis);
  const auto bits = index_bits(matrix.op.out_shape[static_cast<std::size_t>(axis)]);
  if (matrix.spill && axis != Axis::kChannel)
    for (std::uint32_t low = 0; low < bits; ++low)
      if (auto spilled = spilled_above(matrix, axis, entries, low)) return *std::move(spilled);
  return {entries, axis_mask(matrix.out, axis, 0, bits)};
}

std::vector<AxisMove> DistinctMoves::take() && {
  std::sort(numbers_.begin(), numbers_.end());
  numbers_.erase(std::unique(numbers_.begin(), numbers_.end()), numbers_.end());
  std::vector<AxisMove> moves;
  for (const std::uint64_t number : numbers_)
    moves.push_back({static_cast<std::uint32_t>(number >> 48U),
                     static_cast<std::uint32_t>(number >> 32U & 0xffffU),
                     static_cast<std::int32_t>(number & 0xffffffffU)});
  return moves;
}

std::vector<AxisMove> axis_moves(const SlotMatrix& matrix, Axis axis) {
  DistinctMoves moves;
  for (const AxisEntry& entry : axis_entries(matrix, axis).entries)
    moves.add({entry.out, entry.in, entry.distance});
  return std::move(moves).take();
}

std::uint32_t far_copies(const SlotMatrix& matrix) {
  return matrix.out.copy_bits() & ~matrix.in.copy_bits();
}

}  // namespace veilray::plan
