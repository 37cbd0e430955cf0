#pragma once
// Films as they might have been taken a little differently.
#include <cstdint>

#include "tensor/tensor.h"
#include "train/classifier_recipe.h"
#include "vision/latent_cache.h"

namespace veilray::train {

/// One film turned, scaled, moved, mirrored, and its grey values changed, by amounts drawn from
/// `seed`. Shape: [3, h, w] with three equal planes, in [-1, 1]; the same. What comes from outside
/// repeats the edge.
tensor::Tensor augment(const tensor::Tensor& film, const PixelAugmentation& amounts,
                       std::uint64_t seed);

/// The latents of copy `copy` (from 1) of each film. What is drawn depends on the film's pixels,
/// the seed and the copy alone, so that the latent cache may keep it.
vision::LatentSource augmented(const vision::LatentSource& source, const PixelAugmentation& amounts,
                               std::uint64_t seed, std::int64_t copy);

}  // namespace veilray::train
