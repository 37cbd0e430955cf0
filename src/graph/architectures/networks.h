#pragma once
// The built-in networks, each described by a function of its own file: from [c, s, s] to `outputs`
// logits. Kim, Jo, Ra, Park, arXiv 2506.15258.
#include <cstdint>
#include <string>

#include "graph/architectures/layers.h"

namespace veilray::graph {

/// Three 5x5 convolutions, each with an activation of its own, and two dense layers.
void describe_lenet(Layers& net, const std::string& attention, std::int64_t outputs);

/// Four padded 3x3 convolutions, each with an activation and a pool, and one dense layer; no bias.
void describe_vgg5(Layers& net, const std::string& attention, std::int64_t outputs);

/// Four convolutions, each with BatchNorm and an activation, and one dense layer.
void describe_hefnet(Layers& net, const std::string& attention, std::int64_t outputs);

/// A convolution, nine residual blocks of two convolutions, and one dense layer (He, Zhang, Ren,
/// Sun, arXiv 1512.03385); no activation after the sums. Attention in every block.
void describe_resnet20(Layers& net, const std::string& attention, std::int64_t outputs);

}  // namespace veilray::graph
