#pragma once
#include <string>

#include "graph/graph.h"

namespace veilray::graph {

/// One line a node, stable over versions, without the weights: for snapshots and for people.
std::string to_text(const Graph& graph);

}  // namespace veilray::graph
