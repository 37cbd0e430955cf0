#include "graph/passes/fold_cubic.h"

#include <cmath>

#include "graph/passes/edit.h"

namespace veilray::graph {
namespace {

struct Cubic {
  double c, beta, gamma, alpha;
};

Cubic read(const Polynomial& polynomial) {
  const auto& p = polynomial.coefficients;
  return {p[0], p[1], p[2], p[3]};
}

}  // namespace

Graph fold_cubic(Graph graph) {
  for (std::uint32_t i = 1; i < graph.nodes.size();) {
    const NodeId id{i++};
    const auto* polynomial = std::get_if<Polynomial>(&graph.node(id).op);
    if (polynomial == nullptr || polynomial->coefficients.size() != 4) continue;
    const Cubic p = read(*polynomial);
    const auto summands = exclusive_linear_producers(graph, id);
    if (summands.empty()) continue;
    if (std::abs(p.alpha) <= kNegligibleCubicAlpha * std::abs(p.beta)) {
      if (p.gamma != 0) continue;
      map_outputs(summands, p.beta, p.c);
      bypass(graph, id);
      --i;  // the next node has moved down
      continue;
    }
    const double k = std::cbrt(1 / p.alpha), m = -p.gamma / (3 * p.alpha);
    const double slope = p.beta + (2 * p.gamma + 3 * p.alpha * m) * m;
    const double value = p.c + (p.beta + (p.gamma + p.alpha * m) * m) * m;
    map_outputs(summands, 1 / k, -m / k);
    graph.nodes[id.value].op = Polynomial{{value, slope * k, 0, 1}};
  }
  return graph;
}

}  // namespace veilray::graph
