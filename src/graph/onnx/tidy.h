#pragma once
#include "graph/graph.h"

namespace veilray::graph::onnx {

/// The same network without the nodes that do not lead to its output. A factor and an offset on the
/// mean of a map move before the pool: into the polynomial, activation or convolution there.
Graph tidied(Graph graph);

}  // namespace veilray::graph::onnx
