#include "graph/passes/fold_pooling.h"

#include "graph/passes/edit.h"

namespace veilray::graph {

Graph fold_pooling(Graph graph) {
  for (std::uint32_t i = 1; i < graph.nodes.size(); ++i) {
    const auto* pool = std::get_if<AveragePool>(&graph.nodes[i].op);
    if (pool == nullptr) continue;
    const double factor =
        1 / (static_cast<double>(pool->kernel) * static_cast<double>(pool->kernel));
    if (consumers_absorb_scale(graph, NodeId{i})) {
      scale_consumers(graph, NodeId{i}, factor);
    } else {
      const auto summands = exclusive_linear_producers(graph, NodeId{i});
      if (summands.empty()) continue;
      map_outputs(summands, factor, 0);
    }
    graph.nodes[i].op = SumPool{pool->kernel, pool->stride};
  }
  return graph;
}

}  // namespace veilray::graph
