#pragma once
// A fused network as a chain of stages: one linear operator, then perhaps an activation, then
// perhaps a pool. A stage is what the planner gives one layout, and at most two levels, to.
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

struct Stage {
  std::string name;  // of the node of the linear operator
  LinearOperator op;
  std::optional<MonicQuadratic> activation;
  /// Windows of pool x pool are summed afterwards, by adding ciphertexts: a power of two, 1 for
  /// none.
  std::int64_t pool = 1;

  tensor::Shape out_shape() const { return op.out_shape; }
  /// After the pool.
  tensor::Shape pooled_shape() const {
    return {op.out_shape[0], op.out_shape[1] / pool, op.out_shape[2] / pool};
  }
  /// Levels used: one for the operator, one for the activation.
  std::uint32_t levels() const { return activation ? 2 : 1; }
};

/// Expects what graph/passes/pipeline leaves: Input, Conv2d, monic Polynomial, SumPool, Flatten,
/// Linear in one chain. A pool before the last dense layer is merged into it; one whose window is
/// no power of two, or overlaps, becomes a stage of its own. Fails with kUnsupported, naming the
/// node, for a network that branches or any other operation.
Result<std::vector<Stage>> stages(const graph::Graph& graph);

}  // namespace veilray::plan
