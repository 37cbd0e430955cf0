#pragma once
// For tests: layouts that nobody would choose, and operators to put between them.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "graph/graphs_testing.h"
#include "graph/interpret.h"
#include "plan/diagonals.h"
#include "plan/layout.h"
#include "plan/linear_operator.h"
#include "plan/plan.h"

namespace veilray::plan::testing_layouts {

using graph::testing_graphs::Draw;

template <class T>
void shuffle(std::vector<T>& values, Draw& draw) {
  for (std::size_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1],
              values[static_cast<std::size_t>(draw.below(static_cast<std::int64_t>(i)))]);
}

/// Any bit anywhere, but that the lowest `window_bits` of rows and columns number ciphertexts.
/// Replicas and holes wherever there is room, replicas mostly at the top.
inline Layout random_layout(Draw& draw, const tensor::Shape& shape, std::uint32_t log_slots,
                            std::uint32_t window_bits = 0, bool replicas = true) {
  std::vector<AxisBit> free, outside;
  for (std::size_t axis = 0; axis < 3; ++axis)
    for (std::uint8_t bit = 0; bit < index_bits(shape[axis]); ++bit)
      (axis > 0 && bit < window_bits ? outside : free).push_back({static_cast<Axis>(axis), bit});
  shuffle(free, draw);
  std::vector<SlotBit> slot_bits;
  const std::size_t top = replicas ? static_cast<std::size_t>(draw.below(3)) : 0;
  for (const AxisBit& bit : free) {
    const bool room = slot_bits.size() + top < log_slots;
    if (room && draw.below(5) != 0) {
      slot_bits.push_back({SlotBit::Kind::kAxis, bit});
    } else {
      outside.push_back(bit);
    }
  }
  while (slot_bits.size() + top < log_slots)
    slot_bits.push_back(
        {replicas && draw.below(3) == 0 ? SlotBit::Kind::kReplica : SlotBit::Kind::kHole, {}});
  shuffle(slot_bits, draw);
  shuffle(outside, draw);
  slot_bits.resize(log_slots, {SlotBit::Kind::kReplica, {}});
  return Layout(shape, std::move(slot_bits), std::move(outside));
}

/// One entry of a slot matrix.
struct Entry {
  Diagonal diagonal;
  std::uint32_t out_slot;
  double weight;
};
template <class Visit>
void for_each_entry(const SlotMatrix& matrix, std::uint32_t out, const Visit& visit) {
  matrix.for_each_run(out, matrix.out.slots(), [&](const EntryRun& run) {
    for (std::uint32_t k = 0; k < run.count; ++k)
      visit(Entry{run.diagonal, run.out_slot + k * run.stride, run.weight});
  });
}

/// Columns lowest, then rows, then channels: what a spilling convolution likes.
inline Layout plain_layout(const tensor::Shape& shape, std::uint32_t log_slots) {
  std::vector<SlotBit> bits;
  for (const Axis axis : {Axis::kColumn, Axis::kRow, Axis::kChannel})
    for (std::uint8_t bit = 0; bit < index_bits(shape[static_cast<std::size_t>(axis)]); ++bit)
      bits.push_back({SlotBit::Kind::kAxis, {axis, bit}});
  bits.resize(log_slots, {SlotBit::Kind::kHole, {}});
  return Layout(shape, std::move(bits), {});
}

inline tensor::Shape random_shape(Draw& draw) {
  return {1 + draw.below(6), 1 + draw.below(9), 1 + draw.below(9)};
}

/// A convolution with kernel 1..5, stride 1..2, any groups, padding and factors, on an input it
/// fits.
inline graph::Conv2d random_convolution(Draw& draw, const tensor::Shape& in, bool padded) {
  const std::int64_t groups = in[0] % 2 == 0 && draw.coin() ? 2 : 1;
  const std::int64_t kh = 1 + draw.below(std::min<std::int64_t>(5, in[1]));
  const std::int64_t kw = 1 + draw.below(std::min<std::int64_t>(5, in[2]));
  const std::int64_t out = groups * (1 + draw.below(3));
  graph::Conv2d conv{.weight = draw.tensor({out, in[0] / groups, kh, kw}, 0.7)};
  if (draw.coin()) conv.bias = draw.values(out, 0.5);
  conv.groups = groups;
  conv.stride = 1 + draw.below(2);
  if (padded)
    for (auto& padding : conv.padding) padding = draw.below(3);
  if (padded && draw.coin()) graph::testing_graphs::add_factors(conv, in, draw);
  return conv;
}

/// One convolution, one dense layer or one pool, on an input of its own.
struct Case {
  std::string name;
  LinearOperator op;
  graph::Graph network;  // the same operation
};

inline graph::Graph one_node_graph(const tensor::Shape& in, std::vector<graph::Op> ops) {
  graph::GraphBuilder builder("one", in);
  for (std::size_t i = 0; i < ops.size(); ++i)
    builder.add("op" + std::to_string(i), std::move(ops[i]));
  return std::move(builder).finish().value();
}

inline Case random_convolution_case(Draw& draw, bool padded = true) {
  const tensor::Shape in = random_shape(draw);
  const auto conv = random_convolution(draw, in, padded);
  return {"convolution", conv2d_operator(conv, in), one_node_graph(in, {conv})};
}

/// With pool > 1: windows are summed before the dense layer, which sees what the floor leaves.
inline Case random_dense_case(Draw& draw) {
  const tensor::Shape in = random_shape(draw);
  const std::int64_t pool = 1 + draw.below(std::min({std::int64_t{3}, in[1], in[2]}));
  const std::int64_t features = in[0] * (in[1] / pool) * (in[2] / pool);
  const std::int64_t outputs = 1 + draw.below(9);
  const graph::Linear linear{draw.tensor({outputs, features}, 0.5), draw.values(outputs, 0.5)};
  std::vector<graph::Op> ops{graph::Flatten{}, linear};
  if (pool > 1) ops.insert(ops.begin(), graph::SumPool{pool, pool});
  return {"dense layer", linear_operator(linear, in, pool), one_node_graph(in, std::move(ops))};
}

inline Case random_pool_case(Draw& draw) {
  const tensor::Shape in = random_shape(draw);
  const graph::SumPool pool{1 + draw.below(std::min({std::int64_t{4}, in[1], in[2]})),
                            1 + draw.below(3)};
  return {"pool", sum_pool_operator(pool, in), one_node_graph(in, {pool})};
}

inline Case random_case(Draw& draw) {
  switch (draw.below(3)) {
    case 0:
      return random_convolution_case(draw);
    case 1:
      return random_dense_case(draw);
    default:
      return random_pool_case(draw);
  }
}

/// Between any two layouts.
inline SlotMatrix random_matrix(Draw& draw, const Case& one, SlotMatrix::Form form, bool spill,
                                std::uint32_t log_slots = 9) {
  SlotMatrix matrix{one.op, {}, {}, form, spill};
  matrix.in = random_layout(draw, one.op.in_shape, log_slots);
  matrix.out = form == SlotMatrix::Form::kFolded ? output_layout(one.op.out_shape[0], log_slots)
                                                 : random_layout(draw, one.op.out_shape, log_slots);
  return matrix;
}

/// Where every slot vector of a matrix stands: [ciphertext][slot].
using Slots = std::vector<std::vector<double>>;

inline double largest_relative_error(const tensor::Tensor& got, const tensor::Tensor& want) {
  tensor::Tensor shaped = want;
  shaped.shape = got.shape;  // [n] and [n, 1, 1] are the same vector
  if (shaped.data.size() != got.data.size()) return INFINITY;
  return graph::testing_graphs::relative_error(got, shaped);
}

}  // namespace veilray::plan::testing_layouts
