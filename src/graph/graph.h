#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "graph/op.h"

namespace veilray::graph {

/// Index of a node in Graph::nodes; a node's value has the node's id.
struct NodeId {
  std::uint32_t value = 0;
  friend auto operator<=>(const NodeId&, const NodeId&) = default;
};

/// One operation with its inputs, and the shape of its result ([c, h, w] or [n], without a batch
/// axis).
struct Node {
  std::string name;
  Op op;
  std::vector<NodeId> inputs;
  Shape shape;
  /// Before the dot in the names of its tensors in the weights file, where that is not its own
  /// name: a layer that a network applies twice is two nodes with one set of tensors.
  std::string shared_tensors = {};

  const std::string& tensors() const { return shared_tensors.empty() ? name : shared_tensors; }
};

/// A network in topological order: a node only names nodes before it; nodes[0] is the Input.
/// A value: passes take one and return another.
struct Graph {
  std::string name;
  std::vector<Node> nodes;
  NodeId output;

  const Node& node(NodeId id) const { return nodes.at(id.value); }
  const Shape& input_shape() const { return nodes.at(0).shape; }
  const Shape& output_shape() const { return node(output).shape; }
};

}  // namespace veilray::graph
