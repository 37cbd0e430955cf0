#pragma once
#include "graph/graph.h"

namespace veilray::graph {

/// Every operand of a sum becomes the result of a Conv2d, a Linear or a further sum that nothing
/// else reads: before one that is not, as an identity shortcut's, a layer that changes nothing is
/// put. Then a factor on what the shortcut comes from is one more on a layer's weights, and the sum
/// is part of the layers that it adds. The same before a polynomial of what others read too.
Graph linear_sums(Graph graph);

}  // namespace veilray::graph
