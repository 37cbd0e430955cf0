#pragma once
#include <cstdint>

#include "base/error.h"
#include "graph/architectures/registry.h"

namespace veilray::graph {

/// Weights that mean nothing and behave well: on standard-normal latents the result of every
/// convolution (or its BatchNorm) and dense layer has variance 1 and, unless it is a convolution
/// without bias or norm, mean 0; every logit has mean 0 and standard deviation 2; one activation
/// near 0.1 x^2 + 0.5 x, and 0.5 + 0.15 x - 0.002 x^3 for a sigmoid. The same seed gives the same
/// weights with the same compiler and flags (what is drawn is the same everywhere; the scaling is
/// floating-point arithmetic).
Result<tensor::TensorFile> random_weights(const ArchitectureSpec& spec, std::uint64_t seed);

}  // namespace veilray::graph
