#include "graph/verify.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <string>

namespace veilray::graph {
namespace {

Failure invalid(const std::string& what, const std::string& where) {
  return {ErrorCode::kInvalidArgument, what, where};
}

template <class T>
bool finite(const std::vector<T>& values) {
  return std::ranges::all_of(values, [](T value) { return std::isfinite(value); });
}

struct WeightsAreFinite {
  bool operator()(const Conv2d& op) const {
    return finite(op.weight.data) && finite(op.bias) && finite(op.row_factors) &&
           finite(op.column_factors);
  }
  bool operator()(const Linear& op) const { return finite(op.weight.data) && finite(op.bias); }
  bool operator()(const BatchNorm& op) const {
    return finite(op.weight) && finite(op.bias) && finite(op.mean) && finite(op.variance) &&
           std::isfinite(op.epsilon);
  }
  bool operator()(const Polynomial& op) const { return finite(op.coefficients); }
  bool operator()(const Activation& op) const {
    return finite(op.inner) && finite(op.outer) && finite(op.factor) && std::isfinite(op.low) &&
           std::isfinite(op.high) && std::isfinite(op.offset);
  }
  template <class Weightless>
  bool operator()(const Weightless&) const {
    return true;
  }
};

Status verify_input(const Node& node) {
  const bool sane =
      node.shape.size() == 3 && node.inputs.empty() && infer_shape(Flatten{}, {node.shape}).ok();
  if (!sane) return invalid("the input's shape must be [c, h, w]", node.name);
  return Done{};
}

Status verify_node(const Graph& graph, std::size_t index) {
  const Node& node = graph.nodes[index];
  std::vector<Shape> inputs;
  for (const NodeId input : node.inputs) {
    if (input.value >= index) return invalid("a node reads one that comes later", node.name);
    inputs.push_back(graph.node(input).shape);
  }
  if (!std::visit(WeightsAreFinite{}, node.op)) {
    return invalid("a weight is NaN or infinite", node.name);
  }
  auto shape = infer_shape(node.op, inputs);
  if (!shape.ok()) {
    Failure failure = std::move(shape).failure();
    failure.where = node.name;
    return failure;
  }
  if (shape.value() != node.shape) return invalid("the shape is not what it computes", node.name);
  return Done{};
}

}  // namespace

Status verify(const Graph& graph) {
  if (graph.nodes.empty() || !std::holds_alternative<Input>(graph.nodes[0].op)) {
    return invalid("the first node must be the input", graph.name);
  }
  if (graph.output.value >= graph.nodes.size()) return invalid("no output node", graph.name);
  VEILRAY_CHECK_OK(verify_input(graph.nodes[0]));
  std::set<std::string> names;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const std::string& name = graph.nodes[i].name;
    if (name.empty()) return invalid("a node has no name", graph.name);
    if (!names.insert(name).second) return invalid("two nodes have the same name", name);
    if (i > 0) VEILRAY_CHECK_OK(verify_node(graph, i));
  }
  return Done{};
}

}  // namespace veilray::graph
