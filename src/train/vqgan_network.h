#pragma once
// The VQGAN of NETWORKS.md as functions that libtorch can differentiate.
#include <cstdint>

#include "train/convert.h"
#include "vision/vqgan/architecture.h"
#include "vision/vqgan/config.h"

namespace veilray::train {

inline constexpr const char* kCodes = "quantize.embedding.weight";  // the codebook

/// The network's layers are read off the same list of stages from which the program's encoder and
/// decoder are made, and its parameters carry the file's names: what is trained here is what runs
/// there. Convolutions and norms compute in `compute` (float32 or bfloat16; sums are float32).
class VqganNetwork {
 public:
  /// Uniform weights in +-1/sqrt(fan in), norms at one and zero; the codebook waits for its first
  /// batch (Codebook). Source of the layers: Esser, Rombach, Ommer, arXiv 2012.09841.
  VqganNetwork(const vision::vqgan::Config& config, std::uint64_t seed, torch::Device device,
               torch::Dtype compute);

  /// [n, 3, h, w] in [-1, 1] to the raw latent [n, z_channels, h/f, w/f].
  torch::Tensor encode(const torch::Tensor& images) const;
  /// quant_conv: raw latent to [n, embed_dim, h/f, w/f].
  torch::Tensor before_codes(const torch::Tensor& latent) const;
  /// post_quant_conv and the decoder: [n, embed_dim, h/f, w/f] to [n, 3, h, w].
  torch::Tensor decode(const torch::Tensor& codes) const;

  const vision::vqgan::Config& config() const noexcept { return config_; }
  /// Everything in the weights file.
  Parameters& parameters() noexcept { return parameters_; }
  const Parameters& parameters() const noexcept { return parameters_; }
  const torch::Tensor& at(const std::string& name) const { return parameters_.at(name); }

  /// All parameters but the codes, one behind another, [n]: an optimiser's step on it is a few
  /// operations, where one on each tensor would be some thousand for a GPU to be told of.
  torch::Tensor& values() noexcept { return values_; }
  /// Makes the parameters parts of values() anew, as autograd wants it before each backward pass.
  void track();

 private:
  torch::Tensor run(const std::vector<vision::vqgan::Stage>& stages, torch::Tensor x) const;
  torch::Tensor convolve(const torch::Tensor& x, const std::string& name, std::int64_t stride = 1,
                         std::int64_t padding = 1) const;
  torch::Tensor normalise(const torch::Tensor& x, const std::string& name) const;
  torch::Tensor resnet_block(const torch::Tensor& x, const vision::vqgan::Stage& stage) const;
  torch::Tensor attention(const torch::Tensor& x, const std::string& name) const;

  vision::vqgan::Config config_;
  std::vector<vision::vqgan::Stage> encoder_, decoder_;
  Parameters parameters_;
  torch::Tensor values_;
  torch::Dtype compute_;
};

}  // namespace veilray::train
