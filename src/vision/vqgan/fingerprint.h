#pragma once
#include "base/hash.h"
#include "tensor/safetensors.h"
#include "vision/vqgan/config.h"

namespace veilray::vision::vqgan {

/// What a latent depends on, as one SHA-256: config, encoder and quantizer. Two files of the same
/// values agree, with or without a decoder; float32 weights and their rounding to float16 do not,
/// so take it of the file that ships. Fails as check_part does.
Result<Sha256> fingerprint(const Config& config, const tensor::TensorFile& weights);

}  // namespace veilray::vision::vqgan
