#pragma once
// The float reference: what the encrypted network must agree with.
#include <vector>

#include "graph/graph.h"

namespace veilray::graph {

/// One operation, with sums in double. The node and its inputs must be as `verify` demands.
Tensor evaluate(const Node& node, const std::vector<const Tensor*>& inputs);

/// The network's output on one input.
/// Throws: Error{kInvalidArgument} if the input's shape is not graph.input_shape().
Tensor run(const Graph& graph, const Tensor& input);

/// The value of every node, by NodeId: for calibrating ranges.
std::vector<Tensor> run_all(const Graph& graph, const Tensor& input);

}  // namespace veilray::graph
