#pragma once
// The networks as a list of stages: the one description from which tensor names, layers and random
// weights are made.
#include <cstdint>
#include <string>
#include <vector>

#include "vision/vqgan/config.h"
#include "vision/vqgan/weights.h"

namespace veilray::vision::vqgan {

enum class StageKind : std::uint8_t {
  kConvIn,
  kResnetBlock,
  kAttention,
  kDownsample,
  kUpsample,
  kHead,  // norm_out, swish, conv_out
};

struct Stage {
  StageKind kind;
  std::string name;  // the tensors' prefix
  std::int64_t in_channels;
  std::int64_t out_channels;
};

std::vector<Stage> encoder_stages(const Config& config);
std::vector<Stage> decoder_stages(const Config& config);

std::vector<TensorSpec> stage_tensors(const Stage& stage);
std::vector<TensorSpec> quantizer_tensors(const Config& config);

}  // namespace veilray::vision::vqgan
