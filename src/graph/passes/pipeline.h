#pragma once
#include "base/error.h"
#include "graph/graph.h"

namespace veilray::graph {

/// Folds every BatchNorm, pooling factor and activation coefficient into convolutions and linear
/// layers, so that no multiplication is spent on a constant. The graph is verified before, and
/// after each pass. What is left: Input, Conv2d, Polynomial (x + c, x^2 + b x + c, or x^3 + b x +
/// c), SumPool, Flatten, Linear, Add, ChannelGate, StackSquares. Fails with kUnsupported naming the
/// first node that cannot be brought there.
Result<Graph> lower_to_linear_and_polynomial(Graph graph);

}  // namespace veilray::graph
