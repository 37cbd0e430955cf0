#pragma once
#include "graph/graph.h"

namespace veilray::graph {

/// alpha is dropped when |alpha| <= kNegligibleAlpha * |beta|: for |x| <= 100 that changes the
/// activation by a 1e-5th at most, while 1 / alpha would spoil the precision of all that follows.
inline constexpr double kNegligibleAlpha = 1e-7;

/// alpha x^2 + beta x + c becomes x^2 + (beta / alpha) x + c / alpha, and alpha moves into the next
/// convolutions or linear layers. With alpha zero or negligible, beta and c move into the
/// convolution or linear layer before, and the activation disappears; after a gate, beta moves into
/// what makes its factors, and x + c is left (nothing, if c is 0). Where the neighbours do not
/// allow it, and above degree 2, the polynomial stays.
Graph fold_activation(Graph graph);

}  // namespace veilray::graph
