#pragma once
#include "graph/graph.h"

namespace veilray::graph {

/// alpha is dropped when |alpha| <= kNegligibleCubicAlpha * |beta|: for |x| <= 100 that changes the
/// polynomial by a 1e-6th at most.
inline constexpr double kNegligibleCubicAlpha = 1e-10;

/// alpha x^3 + beta x + c becomes u^3 + beta k u + c with x = k u and alpha k^3 = 1: k moves into
/// the convolution or linear layer before. With alpha negligible, beta and c move there, and the
/// polynomial disappears. Where nothing before allows it, and with a term x^2, it stays.
Graph fold_cubic(Graph graph);

}  // namespace veilray::graph
