#pragma once
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/graph.h"

namespace veilray::graph {

/// Grows a graph node by node, inferring shapes. The first misfit is kept and told by finish(), so
/// that building code reads without checks.
class GraphBuilder {
 public:
  GraphBuilder(std::string name, Shape input_shape);
  /// The new node's id; it reads `inputs`, or the node added last.
  NodeId add(std::string name, Op op, std::vector<NodeId> inputs);
  NodeId add(std::string name, Op op);
  /// A node of its own that does to `input` what `node` does to its input, with the same tensors.
  NodeId add_again(std::string name, NodeId node, NodeId input);
  /// Empty after a misfit.
  const Shape& shape(NodeId id) const { return graph_.node(id).shape; }
  /// The first misfit so far.
  const Status& status() const { return status_; }
  /// The graph whose output is the node added last, verified.
  Result<Graph> finish() &&;

 private:
  Graph graph_;
  Status status_ = Done{};
};

}  // namespace veilray::graph
