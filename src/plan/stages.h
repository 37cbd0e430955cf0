#pragma once
// A fused network as a chain of stages: one linear operator (perhaps on squares, too) on the result
// of the stage before, perhaps summed with others on earlier results, then perhaps a cubic, a
// product with an earlier stage's result, an activation, a pool. A stage is what the planner gives
// one layout to.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/graph.h"
#include "plan/linear_operator.h"

namespace veilray::plan {

/// x^2 + linear x + constant.
struct MonicQuadratic {
  double linear = 0.0;
  double constant = 0.0;
};

/// x^3 + linear x + constant.
struct MonicCubic {
  double linear = 0.0;
  double constant = 0.0;
};

/// 0 is the network's input, s + 1 what stage s gives after its pool.
struct ResultId {
  std::uint32_t value = 0;
  friend auto operator<=>(const ResultId&, const ResultId&) = default;
};

/// A linear operator without bias on an earlier result.
struct Shortcut {
  ResultId from;
  LinearOperator op;
};

struct Stage {
  std::string name;  // of the node of the linear operator, or of the sum
  LinearOperator op;
  std::optional<MonicQuadratic> activation = {};
  /// Windows of pool x pool are summed afterwards, by adding ciphertexts: a power of two, 1 for
  /// none.
  std::int64_t pool = 1;
  /// Before the activation.
  std::optional<MonicCubic> cubic = {};
  /// After the cubic: the stage whose result, which has this one's shape, it multiplies.
  std::optional<std::size_t> gates = {};
  /// Added after the gate.
  double shift = 0.0;
  /// Its input is the stage before's result and, as further channels, its square.
  bool stacks_squares = false;
  /// Added to what the operator gives, before all that follows: a residual sum is part of its
  /// layer.
  std::vector<Shortcut> shortcuts = {};
  /// The result is a short vector of which every slot holds an element (SlotMatrix::kFolded): the
  /// answer, and what a gate is made of.
  bool folded = false;
  /// Positions outside the result may hold rubbish (SlotMatrix::spill). Not where a folded layer
  /// reads the result: what is squared last is kept small.
  bool spills = false;
  /// That its tensors hold, each of as many channels: for_images.
  std::uint32_t images = 1;

  tensor::Shape out_shape() const { return op.out_shape; }
  /// After the pool.
  tensor::Shape pooled_shape() const {
    return {op.out_shape[0], op.out_shape[1] / pool, op.out_shape[2] / pool};
  }
  /// Levels used: one for the operator and its shortcuts, one for the activation, two for a cubic,
  /// one for a gate, one for squares of the input.
  std::uint32_t levels() const {
    return 1U + (stacks_squares ? 1U : 0U) + (activation ? 1U : 0U) + (cubic ? 2U : 0U) +
           (gates ? 1U : 0U);
  }
};

/// Expects what graph/passes/pipeline leaves: Input, Conv2d, monic Polynomial, SumPool, Flatten,
/// Linear in one chain, and two ways beside it. Gates: ChannelGate of a stage's result and of what
/// a pool over all of it, a dense layer and a second one have made of it. That second layer's stage
/// gives its result to every position, so that the product needs nothing but itself. Sums: Add of
/// linear layers that nothing else reads, one of them on the result before. A pool before the last
/// dense layer is merged into it; one whose window is no power of two, or overlaps, or whose input
/// others read, becomes a stage of its own. Fails with kUnsupported, naming the node, for a network
/// that branches in other ways or any other operation.
Result<std::vector<Stage>> stages(const graph::Graph& graph);

}  // namespace veilray::plan
