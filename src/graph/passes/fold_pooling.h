#pragma once
#include "graph/graph.h"

namespace veilray::graph {

/// average_pool becomes sum_pool; its 1 / kernel^2 moves into the next convolutions or linear
/// layers, or else into the convolution before it. Where neither is possible it stays.
Graph fold_pooling(Graph graph);

}  // namespace veilray::graph
