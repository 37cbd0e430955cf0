#pragma once
#include <cstdint>

#include "base/error.h"
#include "graph/architectures/registry.h"

namespace veilray::graph {

/// Weights that mean nothing and behave well: on standard-normal latents every pre-activation has
/// mean 0 and variance 1, every logit mean 0 and standard deviation 2; one activation near
/// 0.1 x^2 + 0.5 x. The same seed gives the same weights with the same compiler and flags (what is
/// drawn is the same everywhere; the scaling is floating-point arithmetic).
Result<tensor::TensorFile> random_weights(const ArchitectureSpec& spec, std::uint64_t seed);

}  // namespace veilray::graph
