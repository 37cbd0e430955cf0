#include "graph/onnx/tidy.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "graph/activation.h"
#include "graph/onnx/polynomial.h"
#include "graph/passes/edit.h"

namespace veilray::graph::onnx {
namespace {

bool takes_means(const Op& op) {
  return std::holds_alternative<AveragePool>(op) || std::holds_alternative<Flatten>(op);
}

bool read_once(const Graph& graph, NodeId id) {
  return id != graph.output && users_of(graph, id).size() == 1;
}

/// True if the node is gone: a mean of a x + b is a (mean of x) + b.
bool moved_before_means(Graph& graph, NodeId id) {
  const auto* polynomial = std::get_if<Polynomial>(&graph.node(id).op);
  if (polynomial == nullptr || polynomial->coefficients.size() != 2) return false;
  const double offset = polynomial->coefficients[0], factor = polynomial->coefficients[1];
  NodeId at = graph.node(id).inputs[0];
  while (takes_means(graph.node(at).op) && read_once(graph, at)) at = graph.node(at).inputs[0];
  if (!read_once(graph, at)) return false;
  Node& node = graph.nodes[at.value];
  if (auto* inner = std::get_if<Polynomial>(&node.op)) {
    inner->coefficients = affine(std::move(inner->coefficients), factor, offset);
  } else if (auto* activation = std::get_if<Activation>(&node.op)) {
    *activation = graph::affine(std::move(*activation), factor, offset);
  } else if (std::holds_alternative<Conv2d>(node.op) || std::holds_alternative<Linear>(node.op)) {
    map_outputs(node, factor, offset);
  } else {
    return false;
  }
  bypass(graph, id);
  return true;
}

Graph without_dead_ends(Graph graph) {
  std::vector<bool> leads(graph.nodes.size(), false);
  leads[0] = leads[graph.output.value] = true;
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    if (!leads[i]) continue;
    for (const NodeId input : graph.nodes[i].inputs) leads[input.value] = true;
  }
  Graph out{graph.name, {}, {}};
  std::vector<NodeId> moved(graph.nodes.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!leads[i]) continue;
    moved[i] = NodeId{static_cast<std::uint32_t>(out.nodes.size())};
    out.nodes.push_back(std::move(graph.nodes[i]));
    for (NodeId& input : out.nodes.back().inputs) input = moved[input.value];
  }
  out.output = moved[graph.output.value];
  return out;
}

}  // namespace

Graph tidied(Graph graph) {
  graph = without_dead_ends(std::move(graph));
  for (std::uint32_t i = 1; i < graph.nodes.size();)
    if (!moved_before_means(graph, NodeId{i})) ++i;
  return graph;
}

}  // namespace veilray::graph::onnx
