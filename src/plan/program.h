#pragma once
// The slot-level program: single assignment, in order, every value with its level and scale.
// Kernels emit it once (plan/kernels/); the clear backend, the cost counter and the encrypted
// backend read it.
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "ckks/types.h"
#include "plan/diagonals.h"

namespace veilray::plan {

struct ValueId {
  std::uint32_t value = 0;
  friend auto operator<=>(const ValueId&, const ValueId&) = default;
};

/// What a value is: a ciphertext of degree 1 or 2, or the hoisted digits of one.
struct ValueType {
  enum class Kind : std::uint8_t { kCiphertext, kHoisted };
  Kind kind = Kind::kCiphertext;
  std::uint32_t degree = 1;
  ckks::Level level;
  ckks::Scale scale;
};

namespace op {
/// Ciphertext `index` of the request.
struct Input {
  std::uint32_t index;
};
/// The digits that all rotations of `in` share.
struct Hoist {
  ValueId in;
};
/// in rotated left by `step`, by the digits of `hoisted`. One key switch without its decomposition.
struct RotateHoisted {
  ValueId in, hoisted;
  std::uint32_t step;
};
/// All partial sums of a linear layer: result r = sum over its terms of diagonal * in. No rescale.
struct ProductSums {
  std::uint32_t layer;          // index into Program::layers
  std::vector<ValueId> inputs;  // layer.babies, in order
  ckks::Scale plain_scale;
};
/// sum_k rotate(in_k, step_k), one mod-down for all; a step of 0 is a plain term.
struct RotateSum {
  std::vector<ValueId> inputs;
  std::vector<std::uint32_t> steps;
};
struct Add {
  std::vector<ValueId> inputs;
};
/// Adds the layer's bias in the slots of output ciphertext `out`.
struct AddBias {
  ValueId in;
  std::uint32_t layer, out;
};
/// sum_k in_k^2, degree 2.
struct SumOfSquares {
  std::vector<ValueId> inputs;
};
/// a * b, degree 2.
struct Multiply {
  ValueId a, b;
};
struct Relinearize {
  ValueId in;
};
struct Rescale {
  ValueId in;
};
/// in * factor at scale + log2: the scale grows by `scale`, the message is multiplied by factor /
/// scale.
struct MultiplyInteger {
  ValueId in;
  std::int64_t factor;
  ckks::Scale scale;
};
struct AddConstant {
  ValueId in;
  double value;
};
/// Forgets limbs, so that `in` can meet what lies lower.
struct DropToLevel {
  ValueId in;
  ckks::Level level;
};
}  // namespace op

using Operation =
    std::variant<op::Input, op::Hoist, op::RotateHoisted, op::ProductSums, op::RotateSum, op::Add,
                 op::AddBias, op::SumOfSquares, op::Relinearize, op::Rescale, op::MultiplyInteger,
                 op::AddConstant, op::Multiply, op::DropToLevel>;
const char* op_name(const Operation& operation);

/// An operation, and its results: consecutive values from `first`.
struct Step {
  Operation operation;
  ValueId first;
  std::uint32_t results = 1;
};

/// A rotation of one input ciphertext, or of one partial sum.
struct TurnedCiphertext {
  std::uint32_t ciphertext = 0;
  std::uint32_t step = 0;
  friend auto operator<=>(const TurnedCiphertext&, const TurnedCiphertext&) = default;
};

/// Slots at equal strides that have one weight.
struct SlotRun {
  std::uint32_t first = 0, count = 0, stride = 1;
  double weight = 0.0;
};

/// A linear layer as the program computes it: which diagonal multiplies which baby into which
/// giant.
struct LinearLayer {
  std::string name;  // of the graph node
  SlotMatrix matrix;
  StepSplit split;
  std::vector<TurnedCiphertext> babies;  // (input ciphertext, step), sorted
  std::vector<TurnedCiphertext> giants;  // (output ciphertext, step), sorted: the partial sums
  struct Term {
    std::uint32_t giant, baby;  // indices into the above
    Diagonal diagonal;
  };
  std::vector<Term> terms;  // sorted by giant, then baby

  LinearLayer(std::string name, SlotMatrix matrix, StepSplit split);

  /// Calls visit(t, run) for the plaintext slots of the terms that belong to output ciphertext
  /// `out`, already turned back by the giant step; t counts the terms in order of `terms`. A slot's
  /// weight is the sum over the runs that hold it. Of each term the first `period` slots, which is
  /// weight_period() or a larger power of two: the others repeat them.
  void for_each_run(std::uint32_t out, std::uint32_t period,
                    const std::function<void(std::uint32_t, const SlotRun&)>& visit) const;
  /// The same slots, one vector a term.
  std::vector<std::vector<double>> diagonals_of(std::uint32_t out, std::uint32_t period) const;
  /// All slots.
  std::vector<std::vector<double>> diagonals_of(std::uint32_t out) const {
    return diagonals_of(out, matrix.out.slots());
  }
  /// Terms of output ciphertext `out`: [first, last) of `terms`.
  std::pair<std::uint32_t, std::uint32_t> terms_of(std::uint32_t out) const;
};

struct Program {
  std::vector<LinearLayer> layers;
  std::vector<Step> steps;
  std::vector<ValueType> values;
  std::vector<ValueId> outputs;
  std::uint32_t inputs = 0;

  const ValueType& type(ValueId id) const { return values.at(id.value); }
};

/// The values that an operation reads.
std::vector<ValueId> operands(const Operation& operation);

/// A rotation that needs a key, at the highest level it is used at.
struct KeyedRotation {
  std::uint32_t step;
  ckks::Level level;
  friend auto operator<=>(const KeyedRotation&, const KeyedRotation&) = default;
};
/// Every distinct rotation, in order of steps.
std::vector<KeyedRotation> rotations(const Program& program);
/// The highest level at which the program relinearises.
ckks::Level relinearization_level(const Program& program);

/// One line an operation, for snapshots and `inspect`.
std::string print(const Program& program);

}  // namespace veilray::plan
