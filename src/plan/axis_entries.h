#pragma once
// What one axis contributes to the entries of a slot matrix, for diagonals.cpp and
// distance_sets.cpp.
#include <cstdint>
#include <vector>

#include "plan/diagonals.h"

namespace veilray::plan {

/// What one axis contributes to an entry; distances are signed until they are summed.
struct AxisEntry {
  std::uint32_t out, in;  // ciphertexts
  std::int32_t distance;
  std::uint32_t out_slot;
  Tap tap;
};

/// All of one axis.
struct AxisEntries {
  std::vector<AxisEntry> entries;
  std::uint32_t fixed = 0;  // slot bits of the axis on which weights may depend
};
/// Where the matrix may spill, rows and columns are continued over every slot that differs in
/// positions alone, with as few bits fixed as will do.
AxisEntries axis_entries(const SlotMatrix& matrix, Axis axis);

/// The part of an axis's entry that a diagonal has.
struct AxisMove {
  std::uint32_t out, in;
  std::int32_t distance;
};

/// Of each one. As one number a move: there are thousands, and most are there many times.
class DistinctMoves {
 public:
  void add(const AxisMove& move) {
    numbers_.push_back(std::uint64_t{move.out} << 48U | std::uint64_t{move.in} << 32U |
                       static_cast<std::uint32_t>(move.distance));
  }
  /// By output, then input.
  std::vector<AxisMove> take() &&;

 private:
  std::vector<std::uint64_t> numbers_;
};
std::vector<AxisMove> axis_moves(const SlotMatrix& matrix, Axis axis);

/// The bits of the result's copies that the input has no copies for: such copies read from farther
/// away.
std::uint32_t far_copies(const SlotMatrix& matrix);

/// The slot bits that hold bits [from, to) of an axis's index.
std::uint32_t axis_mask(const Layout& layout, Axis axis, std::uint32_t from, std::uint32_t to);

}  // namespace veilray::plan
