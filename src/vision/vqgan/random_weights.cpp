#include "vision/vqgan/random_weights.h"

#include <cmath>
#include <numbers>
#include <random>
#include <string>
#include <string_view>

#include "vision/vqgan/weights.h"

namespace veilray::vision::vqgan {
namespace {

// The mean of swish(x)^2 for a normal x: what a convolution behind norm and swish gets to see.
constexpr double kSwishPower = 0.3557;

// std::normal_distribution may differ between standard libraries; this may not.
class Normal {
 public:
  // Each tensor has a stream of its own, so that one layer more changes no other.
  Normal(std::uint64_t seed, std::string_view stream) : bits_(seed ^ hash(stream)) {}

  // Box-Muller, which makes two at a time.
  double next() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    const double radius = std::sqrt(-2.0 * std::log(uniform()));
    const double angle = 2.0 * std::numbers::pi * uniform();
    has_spare_ = true;
    spare_ = radius * std::sin(angle);
    return radius * std::cos(angle);
  }

 private:
  // In (0, 1].
  double uniform() { return static_cast<double>((bits_() >> 11) + 1) * 0x1p-53; }

  // FNV-1a.
  static std::uint64_t hash(std::string_view text) {
    std::uint64_t value = 0xcbf29ce484222325;
    for (const char letter : text) {
      value = (value ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
    }
    return value;
  }

  std::mt19937_64 bits_;
  double spare_ = 0.0;
  bool has_spare_ = false;
};

bool holds(std::string_view name, std::string_view part) {
  return name.find(part) != std::string_view::npos;
}

struct Spread {
  double mean;
  double deviation;
};

// Every convolution keeps the power of what it reads at 1; the decoder's last one makes pixels.
Spread spread_of(const TensorSpec& spec) {
  const std::string_view name = spec.name;
  if (name.ends_with(".bias")) return {0.0, 0.05};
  if (spec.shape.size() == 1) return {1.0, 0.1};  // a norm's weight
  const auto fan_in = static_cast<double>(tensor::element_count(spec.shape)) /
                      static_cast<double>(spec.shape.front());
  double power = 1.0;
  if (holds(name, ".conv1.") || holds(name, ".conv2.") || holds(name, ".conv_out.")) {
    power = kSwishPower;
  }
  if (holds(name, "encoder.conv_in.")) power = 0.3;  // an image in [-1, 1]
  if (holds(name, "decoder.conv_out.")) power *= 4.0;
  return {0.0, 1.0 / std::sqrt(fan_in * power)};
}

void fill(tensor::Tensor& tensor, const TensorSpec& spec, std::uint64_t seed) {
  Normal normal(seed, spec.name);
  const Spread spread = spread_of(spec);
  for (float& value : tensor.data) {
    value = static_cast<float>(spread.mean + spread.deviation * normal.next());
  }
}

// quant_conv spreads z over embed_dim at unit length, its transpose brings it back, and the codes
// are where quant_conv sends normal latents.
void fill_quantizer(const Config& config, std::uint64_t seed, tensor::TensorFile& file) {
  const auto channels = static_cast<std::size_t>(config.z_channels);
  const auto dim = static_cast<std::size_t>(config.embed_dim);
  auto& quant = file.tensors.at("quant_conv.weight").data;
  auto& post = file.tensors.at("post_quant_conv.weight").data;
  Normal weights(seed, "quant_conv.weight");
  for (float& value : quant) {
    value = static_cast<float>(weights.next() / std::sqrt(static_cast<double>(dim)));
  }
  for (std::size_t d = 0; d < dim; ++d) {
    for (std::size_t c = 0; c < channels; ++c) post[c * dim + d] = quant[d * channels + c];
  }
  const auto& bias = file.tensors.at("quant_conv.bias").data;
  auto& codebook = file.tensors.at("quantize.embedding.weight").data;
  Normal latents(seed, "quantize.embedding.weight");
  std::vector<double> latent(channels);
  for (std::size_t begin = 0; begin < codebook.size(); begin += dim) {
    for (double& value : latent) value = latents.next();
    for (std::size_t d = 0; d < dim; ++d) {
      double sum = static_cast<double>(bias[d]);
      for (std::size_t c = 0; c < channels; ++c) {
        sum += static_cast<double>(quant[d * channels + c]) * latent[c];
      }
      codebook[begin + d] = static_cast<float>(sum);
    }
  }
}

}  // namespace

tensor::TensorFile random_weights(const Config& config, std::uint64_t seed) {
  if (const auto status = check_config(config); !status.ok()) {
    throw Error(status.failure().code, status.failure().line());
  }
  tensor::TensorFile file;
  file.metadata = {{"trained", "false"}, {"seed", std::to_string(seed)}};
  for (const Part part : {Part::kEncoder, Part::kQuantizer, Part::kDecoder}) {
    for (const TensorSpec& spec : part_tensors(config, part)) {
      auto tensor = tensor::Tensor::zeros(spec.shape);
      fill(tensor, spec, seed);
      file.tensors.emplace(spec.name, std::move(tensor));
    }
  }
  fill_quantizer(config, seed, file);
  return file;
}

}  // namespace veilray::vision::vqgan
