#pragma once
// Which tensors a VQGAN has, under the public checkpoints' names, and whether a file holds them.
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "tensor/safetensors.h"
#include "vision/vqgan/config.h"

namespace veilray::vision::vqgan {

enum class Part : std::uint8_t { kEncoder, kQuantizer, kDecoder };

struct TensorSpec {
  std::string name;
  tensor::Shape shape;
};

/// Every tensor of one part. The quantizer's are quant_conv, the codebook and post_quant_conv.
std::vector<TensorSpec> part_tensors(const Config& config, Part part);

/// Fails with kInvalidArgument, naming the tensor that is missing, of the wrong shape or not
/// finite. Looks at this part only.
Status check_part(const Config& config, const tensor::TensorFile& weights, Part part);

/// All three parts, and nothing else: a tensor that no part has fails too. Those of the training
/// alone (`loss.*`, in public checkpoints) are ignored.
Status check_weights(const Config& config, const tensor::TensorFile& weights);

/// The tensors of some parts, for a file that carries no more (a client that never decodes).
/// Throws: Error{kInvalidArgument} if one is missing.
tensor::TensorFile select_parts(const Config& config, const tensor::TensorFile& weights,
                                const std::vector<Part>& parts);

}  // namespace veilray::vision::vqgan
