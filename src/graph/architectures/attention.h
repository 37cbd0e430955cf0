#pragma once
#include <string>

#include "graph/architectures/layers.h"

namespace veilray::graph {

/// A gate that multiplies each channel of `in` [c, h, w] by what a small network makes of all
/// channels; its tensors' names begin with `name`. `kind`:
/// - none: `in` itself.
/// - se: of their means (Hu, Shen, Sun, arXiv 1709.01507); 16 times fewer channels in between.
/// - cbam: of their means, and of alpha times the means of their squares, which stand for the
///   maxima (Woo, Park, Lee, Kweon, arXiv 1807.06521; the channel gate only); 4 times fewer.
/// Both end in alpha x^3 + beta x + c for the sigmoid.
NodeId attention(Layers& net, const std::string& kind, const std::string& name, NodeId in);

}  // namespace veilray::graph
