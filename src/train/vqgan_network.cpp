#include "train/vqgan_network.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>

namespace veilray::train {
namespace {

using vision::vqgan::Part;
using vision::vqgan::Stage;
using vision::vqgan::StageKind;
using vision::vqgan::TensorSpec;

constexpr std::int64_t kGroups = 32;
constexpr double kEpsilon = 1e-6;
// Scores of an attention at a time: at factor 2, those of one whole film are 2^28.
constexpr std::int64_t kScores = std::int64_t{1} << 26;

std::int64_t fan_in(const tensor::Shape& weight) {
  return static_cast<std::int64_t>(tensor::element_count(weight)) / weight.front();
}

// A bias stands behind its weight in the list of tensors, and takes its spread.
Parameters initial_parameters(const vision::vqgan::Config& config, std::uint64_t seed,
                              torch::Device device) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  Parameters parameters;
  for (const Part part : {Part::kEncoder, Part::kQuantizer, Part::kDecoder}) {
    double spread = 0.0;
    for (const TensorSpec& spec : vision::vqgan::part_tensors(config, part)) {
      auto values = torch::zeros(spec.shape);
      const bool bias = spec.name.ends_with(".bias");
      const bool norm = !bias && spec.shape.size() == 1;
      if (norm) values.fill_(1.0);
      if (!bias) spread = norm ? 0.0 : 1.0 / std::sqrt(static_cast<double>(fan_in(spec.shape)));
      if (spread > 0.0) values.uniform_(-spread, spread, generator);
      parameters.emplace(spec.name, values.to(device));
    }
  }
  return parameters;
}

torch::Tensor in_one_piece(const Parameters& parameters) {
  std::vector<torch::Tensor> flat;
  for (const auto& [name, values] : parameters) {
    if (name != kCodes) flat.push_back(values.flatten());
  }
  return at::cat(flat);
}

}  // namespace

VqganNetwork::VqganNetwork(const vision::vqgan::Config& config, std::uint64_t seed,
                           torch::Device device, torch::Dtype compute)
    : config_(config),
      encoder_(vision::vqgan::encoder_stages(config)),
      decoder_(vision::vqgan::decoder_stages(config)),
      parameters_(initial_parameters(config, seed, device)),
      values_(in_one_piece(parameters_)),
      compute_(compute) {
  track();
}

void VqganNetwork::track() {
  std::vector<std::int64_t> sizes;
  for (const auto& [name, values] : parameters_) {
    if (name != kCodes) sizes.push_back(values.numel());
  }
  const auto parts = values_.split_with_sizes(sizes);
  auto part = parts.begin();
  for (auto& [name, values] : parameters_) {
    if (name != kCodes) values = (part++)->view(values.sizes());
  }
}

torch::Tensor VqganNetwork::convolve(const torch::Tensor& x, const std::string& name,
                                     std::int64_t stride, std::int64_t padding) const {
  return at::conv2d(x.to(compute_), at(name + ".weight").to(compute_),
                    at(name + ".bias").to(compute_), stride, padding);
}

// In the type of its input, at half of float32's traffic in bfloat16; libtorch sums in float32.
torch::Tensor VqganNetwork::normalise(const torch::Tensor& x, const std::string& name) const {
  return at::group_norm(x, kGroups, at(name + ".weight").to(x.scalar_type()),
                        at(name + ".bias").to(x.scalar_type()), kEpsilon);
}

torch::Tensor VqganNetwork::resnet_block(const torch::Tensor& x, const Stage& stage) const {
  const auto& name = stage.name;
  auto y = convolve(at::silu(normalise(x, name + ".norm1")), name + ".conv1");
  y = convolve(at::silu(normalise(y, name + ".norm2")), name + ".conv2");
  return y +
         (stage.in_channels == stage.out_channels ? x : convolve(x, name + ".nin_shortcut", 1, 0));
}

torch::Tensor VqganNetwork::attention(const torch::Tensor& x, const std::string& name) const {
  const auto n = x.size(0), c = x.size(1), h = x.size(2), w = x.size(3);
  const auto normed = normalise(x, name + ".norm");
  const auto project = [&](const char* which) {
    return convolve(normed, name + which, 1, 0).reshape({n, c, h * w});
  };
  const auto q = project(".q"), k = project(".k"), v = project(".v");
  const auto rows = std::max<std::int64_t>(1, kScores / (n * h * w));
  std::vector<torch::Tensor> mixed;
  for (std::int64_t from = 0; from < h * w; from += rows) {
    const auto some = q.slice(2, from, std::min(from + rows, h * w));
    const auto scores = at::bmm(some.transpose(1, 2), k) / std::sqrt(static_cast<double>(c));
    const auto share = at::softmax(scores.to(torch::kFloat32), 2).to(v.scalar_type());
    mixed.push_back(at::bmm(v, share.transpose(1, 2)));
  }
  return x + convolve(at::cat(mixed, 2).reshape({n, c, h, w}), name + ".proj_out", 1, 0);
}

torch::Tensor VqganNetwork::run(const std::vector<Stage>& stages, torch::Tensor x) const {
  for (const Stage& stage : stages) {
    switch (stage.kind) {
      case StageKind::kConvIn:
        x = convolve(x, stage.name);
        break;
      case StageKind::kResnetBlock:
        x = resnet_block(x, stage);
        break;
      case StageKind::kAttention:
        x = attention(x, stage.name);
        break;
      case StageKind::kDownsample:  // one row below and one column right, none elsewhere
        x = convolve(at::constant_pad_nd(x, {0, 1, 0, 1}), stage.name, 2, 0);
        break;
      case StageKind::kUpsample:
        x = convolve(at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)}), stage.name);
        break;
      case StageKind::kHead:
        x = convolve(at::silu(normalise(x, stage.name + ".norm_out")), stage.name + ".conv_out");
        break;
    }
  }
  return x.to(torch::kFloat32);
}

torch::Tensor VqganNetwork::encode(const torch::Tensor& images) const {
  return run(encoder_, images);
}

torch::Tensor VqganNetwork::before_codes(const torch::Tensor& latent) const {
  return at::conv2d(latent, at("quant_conv.weight"), at("quant_conv.bias"));
}

torch::Tensor VqganNetwork::decode(const torch::Tensor& codes) const {
  return run(decoder_, at::conv2d(codes, at("post_quant_conv.weight"), at("post_quant_conv.bias")));
}

}  // namespace veilray::train
