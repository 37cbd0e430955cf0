#pragma once
// A linear operator between two layouts, as diagonals (Halevi and Shoup, 2014): the entries with
// the same input ciphertext, output ciphertext and slot distance are one plaintext, multiplied into
// one rotation. Distances are split into baby steps (rotations of the inputs, hoisted) and giant
// steps (rotations of partial sums), so that few distinct key switches serve many diagonals:
//   out = sum_g rotate_g( sum_b D'_{g,b} * rotate_b(in) ),  D'_{g,b} = rotate_{-g}(D_{g+b}).
#include <cstdint>
#include <functional>
#include <vector>

#include "plan/layout.h"
#include "plan/linear_operator.h"

namespace veilray::plan {

/// All entries of one diagonal: out slot s receives from in slot (s + distance) mod slots.
struct Diagonal {
  std::uint32_t out = 0;       // ciphertext
  std::uint32_t in = 0;        // ciphertext
  std::uint32_t distance = 0;  // in [0, period of the input layout)
  friend auto operator<=>(const Diagonal&, const Diagonal&) = default;
};

/// Entries of the slot matrix along a row of positions: of one diagonal, of one weight.
struct EntryRun {
  Diagonal diagonal;
  std::uint32_t out_slot = 0;  // the first
  std::uint32_t count = 0;
  std::uint32_t stride = 1;  // slots from one to the next
  double weight = 0.0;
};

/// How an operator's entries fall on slots. `kPlaced`: outputs stand where their layout says.
/// `kFolded`: for the last layer; the partial sums of output j fill the slots congruent to j modulo
/// `out_period`, and adding the rotations by out_period * 2^k leaves output j in every one of them
/// (no partial sum survives).
struct SlotMatrix {
  enum class Form : std::uint8_t { kPlaced, kFolded };
  LinearOperator op;
  Layout in;
  Layout out;  // kFolded: [n, 1, 1] with replicas above `out.period()`
  Form form = Form::kPlaced;
  /// Let positions outside the output's shape hold rubbish, wherever that makes the weights the
  /// same at all positions: an unpadded convolution then has few distinct diagonals. Nothing reads
  /// that rubbish, but it is squared like everything else, so it counts in the calibrated ranges.
  bool spill = false;

  /// The distinct diagonals, sorted; from the taps alone, without looking at weights.
  std::vector<Diagonal> diagonals() const;
  /// Calls `visit` for the entries of output ciphertext `out_ciphertext` whose out slots are below
  /// `slots`, a power of two.
  void for_each_run(std::uint32_t out_ciphertext, std::uint32_t slots,
                    const std::function<void(const EntryRun&)>& visit) const;
  /// How many stretches of neighbouring slots they fill; cheap.
  std::size_t count_stretches(std::uint32_t out_ciphertext, std::uint32_t slots) const;
  /// The diagonals' slots repeat with this period, a power of two: out.slots() if they do not.
  std::uint32_t weight_period() const;
  /// The bias in the output's slots; empty if the operator has none. kFolded: after the folding.
  std::vector<double> bias_slots(std::uint32_t out_ciphertext) const;

  friend bool operator==(const SlotMatrix&, const SlotMatrix&) = default;
};

/// A rule that splits distances: the field of bits [low, high) is one kind of step, the rest the
/// other.
struct StepSplit {
  std::uint32_t low = 0;  // 2^low and 2^high bound the middle field
  std::uint32_t high = 0;
  bool middle_is_giant = true;
  bool centred = false;  // remainders in [-m/2, m/2) instead of [0, m)

  struct Steps {
    std::uint32_t baby, giant;  // both in [0, slots); baby + giant == distance mod slots
  };
  Steps operator()(std::uint32_t distance, std::uint32_t slots) const;
  friend bool operator==(const StepSplit&, const StepSplit&) = default;
};

}  // namespace veilray::plan
