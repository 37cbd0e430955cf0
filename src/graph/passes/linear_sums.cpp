#include "graph/passes/linear_sums.h"

#include <algorithm>
#include <string>

#include "graph/passes/edit.h"

namespace veilray::graph {
namespace {

/// An identity on a longer vector is too large a matrix.
constexpr std::int64_t kMaxVector = 4096;

/// [c, h, w]: one weight a channel; [n]: the identity matrix.
Op identity(const Shape& shape) {
  const std::int64_t count = shape[0];
  if (shape.size() == 3) {
    Conv2d conv{.weight = Tensor::zeros({count, 1, 1, 1})};
    std::ranges::fill(conv.weight.data, 1.0F);
    conv.groups = count;
    return conv;
  }
  Linear linear{.weight = Tensor::zeros({count, count})};
  for (std::int64_t i = 0; i < count; ++i)
    linear.weight.data[static_cast<std::size_t>(i * count + i)] = 1.0F;
  return linear;
}

bool has_identity(const Shape& shape) { return shape.size() == 3 || shape[0] <= kMaxVector; }

std::string new_name(const Graph& graph, std::string name) {
  const auto taken = [&](const Node& node) { return node.name == name; };
  while (std::ranges::any_of(graph.nodes, taken)) name += "'";
  return name;
}

/// True if the value may be summed as it is.
bool is_summand(const Graph& graph, NodeId id) {
  const Op& op = graph.node(id).op;
  const bool linear = std::holds_alternative<Conv2d>(op) || std::holds_alternative<Linear>(op) ||
                      std::holds_alternative<Add>(op);
  return linear && id != graph.output && users_of(graph, id).size() == 1;
}

bool is_shared(const Graph& graph, NodeId id) {
  return id == graph.output || users_of(graph, id).size() > 1;
}

/// Which of the node's inputs needs a layer of its own before it; none: as many as there are.
std::size_t unfit_input(const Graph& graph, const Node& node) {
  const auto& inputs = node.inputs;
  const auto fits = [&](std::size_t k) {
    if (std::holds_alternative<Polynomial>(node.op)) return !is_shared(graph, inputs[k]);
    if (!std::holds_alternative<Add>(node.op)) return true;
    const bool twice = k > 0 && inputs[k] == inputs[0];
    return is_summand(graph, inputs[k]) && !twice;
  };
  std::size_t k = 0;
  while (k < inputs.size() && (fits(k) || !has_identity(graph.node(inputs[k]).shape))) ++k;
  return k;
}

}  // namespace

Graph linear_sums(Graph graph) {
  for (std::uint32_t i = 1; i < graph.nodes.size(); ++i) {
    for (;;) {
      const Node& node = graph.nodes[i];
      const std::size_t k = unfit_input(graph, node);
      if (k == node.inputs.size()) break;
      const Node& source = graph.node(node.inputs[k]);
      insert_before(graph, NodeId{i}, k,
                    {new_name(graph, source.name + ".to." + node.name),
                     identity(source.shape),
                     {},
                     source.shape});
      ++i;  // the node has moved up
    }
  }
  return graph;
}

}  // namespace veilray::graph
