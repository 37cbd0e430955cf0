#pragma once
// Films made smaller, for networks that see pixels instead of a VQGAN's latents.
#include <cstdint>

#include "vision/latent_cache.h"

namespace veilray::vision {

/// [1, side, side]: the means of the grey values, in [-1, 1], over squares of 256 / side pixels.
/// Throws: Error{kInvalidArgument} for a side that does not divide 256.
LatentSource pixel_source(std::int64_t side);

}  // namespace veilray::vision
