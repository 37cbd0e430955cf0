#include "graph/passes/fold_batch_norm.h"

#include <cmath>

#include "graph/passes/edit.h"

namespace veilray::graph {

Graph fold_batch_norm(Graph graph) {
  for (std::uint32_t i = 1; i < graph.nodes.size();) {
    const auto* norm = std::get_if<BatchNorm>(&graph.nodes[i].op);
    const auto summands =
        norm == nullptr ? std::vector<Node*>{} : exclusive_linear_producers(graph, NodeId{i});
    if (summands.empty()) {
      ++i;
      continue;
    }
    std::vector<double> factor, offset;
    for (std::size_t c = 0; c < norm->weight.size(); ++c) {
      factor.push_back(norm->weight[c] / std::sqrt(norm->variance[c] + norm->epsilon));
      offset.push_back(norm->bias[c] - norm->mean[c] * factor[c]);
    }
    map_outputs(summands, factor, offset);
    bypass(graph, NodeId{i});  // node i is now the next one
  }
  return graph;
}

}  // namespace veilray::graph
