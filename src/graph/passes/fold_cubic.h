#pragma once
#include "graph/graph.h"

namespace veilray::graph {

/// alpha is dropped when |alpha| <= kNegligibleCubicAlpha * |beta|: for |x| <= 100 that changes the
/// polynomial by a 1e-6th at most.
inline constexpr double kNegligibleCubicAlpha = 1e-10;

/// alpha x^3 + gamma x^2 + beta x + c becomes u^3 + b u + c' with x = k u + m and alpha k^3 = 1,
/// where m is the centre at which the square vanishes: k and m move into the convolution or linear
/// layer before. With alpha and gamma negligible, beta and c move there, and the polynomial
/// disappears. Where nothing before allows it, or where alpha alone is negligible, it stays.
Graph fold_cubic(Graph graph);

}  // namespace veilray::graph
