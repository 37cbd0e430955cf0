#include "graph/passes/pipeline.h"

#include <string>

#include "graph/passes/fold_activation.h"
#include "graph/passes/fold_batch_norm.h"
#include "graph/passes/fold_cubic.h"
#include "graph/passes/fold_pooling.h"
#include "graph/passes/linear_sums.h"
#include "graph/passes/stack_branches.h"
#include "graph/verify.h"

namespace veilray::graph {
namespace {

bool is_lowered(const Op& op) {
  if (const auto* polynomial = std::get_if<Polynomial>(&op)) {
    const auto& c = polynomial->coefficients;
    return (c.size() == 2 && c[1] == 1) || (c.size() == 3 && c[2] == 1) ||
           (c.size() == 4 && c[2] == 0 && c[3] == 1);
  }
  return !std::holds_alternative<BatchNorm>(op) && !std::holds_alternative<AveragePool>(op);
}

Status check_lowered(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    if (is_lowered(node.op)) continue;
    return Failure{ErrorCode::kUnsupported,
                   std::string(op_name(node.op)) + " cannot be folded into its neighbours",
                   node.name, "put it between convolutions or linear layers, of degree 2 at most"};
  }
  return Done{};
}

}  // namespace

Result<Graph> lower_to_linear_and_polynomial(Graph graph) {
  VEILRAY_CHECK_OK(verify(graph));
  for (const auto pass : {stack_branches, fold_batch_norm, linear_sums, fold_batch_norm,
                          fold_pooling, fold_activation, fold_cubic}) {
    graph = pass(std::move(graph));
    VEILRAY_CHECK_OK(verify(graph));
  }
  VEILRAY_CHECK_OK(check_lowered(graph));
  return graph;
}

}  // namespace veilray::graph
