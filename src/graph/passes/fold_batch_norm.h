#pragma once
#include "graph/graph.h"

namespace veilray::graph {

/// conv -> batch_norm becomes conv; so does one after a sum of convolutions. A BatchNorm after
/// anything else, or after a convolution that others read too, stays.
Graph fold_batch_norm(Graph graph);

}  // namespace veilray::graph
