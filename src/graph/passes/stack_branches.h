#pragma once
#include "graph/graph.h"

namespace veilray::graph {

/// The sum of two small networks of the same form, average_pool -> flatten -> linear -> activation
/// -> linear, one on x and one on alpha x^2, as attention cbam has it, becomes one network of twice
/// the width on stack_squares(x): a chain, in which the two do not wait for each other. Where the
/// branches differ in pool or activation, or others read what is inside them, they stay.
Graph stack_branches(Graph graph);

}  // namespace veilray::graph
