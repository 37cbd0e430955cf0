#pragma once
#include <cstdint>

#include "tensor/safetensors.h"
#include "vision/vqgan/config.h"

namespace veilray::vision::vqgan {

/// Untrained weights for `--random-weights`: a function of the config and the seed alone. Scaled so
/// that latents have a standard deviation near 1 and differ between images, and the codebook is
/// spread like them. Metadata says `"trained": "false"`.
tensor::TensorFile random_weights(const Config& config, std::uint64_t seed);

}  // namespace veilray::vision::vqgan
