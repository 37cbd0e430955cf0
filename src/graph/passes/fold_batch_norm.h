#pragma once
#include "graph/graph.h"

namespace veilray::graph {

/// conv -> batch_norm becomes conv. A BatchNorm after anything else, or after a convolution that
/// others read too, stays.
Graph fold_batch_norm(Graph graph);

}  // namespace veilray::graph
