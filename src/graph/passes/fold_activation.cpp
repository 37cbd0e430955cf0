#include "graph/passes/fold_activation.h"

#include <cmath>

#include "graph/passes/edit.h"

namespace veilray::graph {
namespace {

struct Quadratic {
  double c, beta, alpha;
  bool is_affine() const { return std::abs(alpha) <= kNegligibleAlpha * std::abs(beta); }
  bool is_identity() const { return is_affine() && beta == 1 && c == 0; }
};

/// Of degree 2 at most; otherwise false.
bool read_quadratic(const Op& op, Quadratic& out) {
  const auto* polynomial = std::get_if<Polynomial>(&op);
  if (polynomial == nullptr) return false;
  const auto& p = polynomial->coefficients;
  for (std::size_t i = 3; i < p.size(); ++i) {
    if (p[i] != 0) return false;
  }
  const auto coefficient = [&](std::size_t i) { return i < p.size() ? p[i] : 0.0; };
  out = {coefficient(0), coefficient(1), coefficient(2)};
  return true;
}

/// Multiplies a gate's result, if only `id` reads it, by way of the factors that only it reads.
bool scale_gate(Graph& graph, NodeId id, double factor) {
  const NodeId gate = graph.node(id).inputs.at(0);
  if (!std::holds_alternative<ChannelGate>(graph.node(gate).op) ||
      users_of(graph, gate).size() != 1)
    return false;
  const NodeId factors = graph.node(gate).inputs.at(1);
  Node& maker = graph.nodes[factors.value];
  if (users_of(graph, factors).size() != 1) return false;
  if (auto* polynomial = std::get_if<Polynomial>(&maker.op)) {
    for (double& coefficient : polynomial->coefficients) coefficient *= factor;
    return true;
  }
  if (!std::holds_alternative<Linear>(maker.op)) return false;
  map_outputs(maker, factor, 0);
  return true;
}

/// True if the node is gone.
bool remove_affine(Graph& graph, NodeId id, const Quadratic& q) {
  if (const auto summands = exclusive_linear_producers(graph, id); !summands.empty()) {
    map_outputs(summands, q.beta, q.c);
  } else if (q.c != 0 && scale_gate(graph, id, q.beta)) {
    graph.nodes[id.value].op = Polynomial{{q.c, 1}};
    return false;
  } else if (!q.is_identity() && !scale_gate(graph, id, q.beta)) {
    return false;
  }
  bypass(graph, id);
  return true;
}

void make_monic(Graph& graph, NodeId id, const Quadratic& q) {
  if (!consumers_absorb_scale(graph, id)) return;
  scale_consumers(graph, id, q.alpha);
  graph.nodes[id.value].op = Polynomial{{q.c / q.alpha, q.beta / q.alpha, 1}};
}

}  // namespace

Graph fold_activation(Graph graph) {
  for (std::uint32_t i = 1; i < graph.nodes.size();) {
    Quadratic q{};
    const bool matches = read_quadratic(graph.nodes[i].op, q);
    if (matches && q.is_affine() && remove_affine(graph, NodeId{i}, q)) continue;
    if (matches && !q.is_affine()) make_monic(graph, NodeId{i}, q);
    ++i;
  }
  return graph;
}

}  // namespace veilray::graph
