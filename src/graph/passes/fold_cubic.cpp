#include "graph/passes/fold_cubic.h"

#include <cmath>

#include "graph/passes/edit.h"

namespace veilray::graph {

Graph fold_cubic(Graph graph) {
  for (std::uint32_t i = 1; i < graph.nodes.size();) {
    const NodeId id{i++};
    const auto* polynomial = std::get_if<Polynomial>(&graph.node(id).op);
    if (polynomial == nullptr || polynomial->coefficients.size() != 4) continue;
    const double c = polynomial->coefficients[0], beta = polynomial->coefficients[1];
    const double alpha = polynomial->coefficients[3];
    if (polynomial->coefficients[2] != 0) continue;
    const auto summands = exclusive_linear_producers(graph, id);
    if (summands.empty()) continue;
    if (std::abs(alpha) <= kNegligibleCubicAlpha * std::abs(beta)) {
      map_outputs(summands, beta, c);
      bypass(graph, id);
      --i;  // the next node has moved down
      continue;
    }
    const double k = std::cbrt(1 / alpha);
    map_outputs(summands, 1 / k, 0);
    graph.nodes[id.value].op = Polynomial{{c, beta * k, 0, 1}};
  }
  return graph;
}

}  // namespace veilray::graph
