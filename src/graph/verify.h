#pragma once
#include <vector>

#include "base/error.h"
#include "graph/graph.h"

namespace veilray::graph {

/// The shape of `op`'s result. Fails with kInvalidArgument if the operation and its weights do not
/// fit each other or its inputs. `where` of the failure is left to the caller, who knows the name.
Result<Shape> infer_shape(const Op& op, const std::vector<Shape>& inputs);

/// Everything else may rely on what is checked here: nodes[0] is the only Input, names are unique,
/// inputs come earlier, every shape is what infer_shape says, every weight is finite. Fails naming
/// the node.
Status verify(const Graph& graph);

}  // namespace veilray::graph
