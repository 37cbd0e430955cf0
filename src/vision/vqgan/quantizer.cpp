#include "vision/vqgan/quantizer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "vision/nn/gemm.h"
#include "vision/vqgan/network.h"
#include "vision/vqgan/weights.h"

namespace veilray::vision::vqgan {
namespace {

constexpr std::int64_t kChunk = 256;  // positions scored at once
// Rounding of a float dot product of up to 2048 terms stays below this times |z| |e|.
constexpr float kScoreSlack = 3e-4F;

double squared_distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum;
}

float squared_norm(std::span<const float> values) {
  float sum = 0.0F;
  for (const float value : values) sum += value * value;
  return sum;
}

}  // namespace

struct Quantizer::State {
  Config config;
  std::vector<float> quant_weight;  // [embed_dim, z]
  std::vector<float> quant_bias;
  std::vector<float> codebook;  // [n_embed, embed_dim]
  std::vector<float> code_norms;
  float largest_norm = 0.0F;       // of a code, not squared
  std::vector<float> post_weight;  // [z, embed_dim]
  std::vector<float> post_bias;

  std::size_t dim() const { return static_cast<std::size_t>(config.embed_dim); }
  std::span<const float> code(std::size_t index) const {
    return std::span(codebook).subspan(index * dim(), dim());
  }
  std::vector<float> embed(const tensor::Tensor& latent) const;
  std::int32_t nearest(std::span<const float> vector, std::span<const float> products) const;
};

// quant_conv: [positions, embed_dim].
std::vector<float> Quantizer::State::embed(const tensor::Tensor& latent) const {
  const auto channels = static_cast<std::size_t>(config.z_channels);
  const std::size_t positions = latent.data.size() / channels;
  std::vector<float> vectors(positions * dim());
  for (std::size_t p = 0; p < positions; ++p) {
    for (std::size_t d = 0; d < dim(); ++d) {
      double sum = static_cast<double>(quant_bias[d]);
      for (std::size_t c = 0; c < channels; ++c) {
        sum += static_cast<double>(quant_weight[d * channels + c]) *
               static_cast<double>(latent.data[c * positions + p]);
      }
      vectors[p * dim() + d] = static_cast<float>(sum);
    }
  }
  return vectors;
}

// `products` are the float dot products with every code. They choose the candidates; double
// decides.
std::int32_t Quantizer::State::nearest(std::span<const float> vector,
                                       std::span<const float> products) const {
  const auto score = [&](std::size_t i) { return code_norms[i] - 2.0F * products[i]; };
  float least = std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < products.size(); ++i) least = std::min(least, score(i));
  const float slack =
      kScoreSlack * largest_norm * (largest_norm + 2.0F * std::sqrt(squared_norm(vector)));

  std::size_t best = 0;
  double best_distance = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < products.size(); ++i) {
    if (score(i) > least + slack) continue;  // a score that overflowed stays a candidate
    const double distance = squared_distance(vector, code(i));
    if (distance < best_distance) best = i, best_distance = distance;
  }
  return static_cast<std::int32_t>(best);
}

Quantizer::Quantizer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Quantizer::~Quantizer() = default;
Quantizer::Quantizer(Quantizer&&) noexcept = default;
Quantizer& Quantizer::operator=(Quantizer&&) noexcept = default;

Result<Quantizer> Quantizer::create(const Config& config, const tensor::TensorFile& weights) {
  VEILRAY_CHECK_OK(check_config(config));
  VEILRAY_CHECK_OK(check_part(config, weights, Part::kQuantizer));
  const auto values = [&](const char* name) { return weights.tensors.at(name).data; };
  auto state = std::make_unique<State>();
  state->config = config;
  state->quant_weight = values("quant_conv.weight");
  state->quant_bias = values("quant_conv.bias");
  state->codebook = values("quantize.embedding.weight");
  state->post_weight = values("post_quant_conv.weight");
  state->post_bias = values("post_quant_conv.bias");
  for (std::size_t i = 0; i < static_cast<std::size_t>(config.n_embed); ++i) {
    const float norm = squared_norm(state->code(i));
    state->code_norms.push_back(norm);
    state->largest_norm = std::max(state->largest_norm, std::sqrt(norm));
  }
  return Quantizer(std::move(state));
}

Result<Codes> Quantizer::codes(const tensor::Tensor& latent) const {
  const State& s = *state_;
  VEILRAY_CHECK_OK(check_planar(latent, s.config.z_channels, 1, kMostPixels, "latent"));
  Codes codes{latent.shape[1], latent.shape[2], {}};
  const std::int64_t positions = codes.height * codes.width;
  codes.index.reserve(static_cast<std::size_t>(positions));
  const std::vector<float> vectors = s.embed(latent);
  const auto entries = static_cast<std::size_t>(s.config.n_embed);
  const std::int64_t dim = s.config.embed_dim;
  std::vector<float> products(static_cast<std::size_t>(kChunk) * entries);
  for (std::int64_t begin = 0; begin < positions; begin += kChunk) {
    const std::int64_t count = std::min(kChunk, positions - begin);
    nn::multiply({products.data(), s.config.n_embed}, {vectors.data() + begin * dim, dim},
                 {s.codebook.data(), dim}, nn::Right::kTransposed, count, s.config.n_embed, dim,
                 1.0F, 0.0F);
    for (std::size_t p = 0; p < static_cast<std::size_t>(count); ++p) {
      const auto at = (static_cast<std::size_t>(begin) + p) * s.dim();
      codes.index.push_back(s.nearest(std::span(vectors).subspan(at, s.dim()),
                                      std::span(products).subspan(p * entries, entries)));
    }
  }
  return codes;
}

Result<tensor::Tensor> Quantizer::dequantize(const Codes& codes) const {
  const State& s = *state_;
  const auto in_book = [&](std::int32_t i) { return i >= 0 && i < s.config.n_embed; };
  const bool sane = codes.height > 0 && codes.width > 0 && codes.height <= kMostPixels &&
                    codes.width <= kMostPixels &&
                    codes.index.size() == static_cast<std::size_t>(codes.height * codes.width);
  if (!sane || !std::all_of(codes.index.begin(), codes.index.end(), in_book)) {
    return Failure{ErrorCode::kInvalidArgument, "codes that are not of this codebook", "VQGAN",
                   "give height * width indices from 0 to " + std::to_string(s.config.n_embed - 1)};
  }
  auto latent = tensor::Tensor::zeros({s.config.z_channels, codes.height, codes.width});
  const std::size_t positions = codes.index.size();
  for (std::size_t c = 0; c < static_cast<std::size_t>(s.config.z_channels); ++c) {
    for (std::size_t p = 0; p < positions; ++p) {
      const auto vector = s.code(static_cast<std::size_t>(codes.index[p]));
      double sum = static_cast<double>(s.post_bias[c]);
      for (std::size_t d = 0; d < s.dim(); ++d) {
        sum += static_cast<double>(s.post_weight[c * s.dim() + d]) * static_cast<double>(vector[d]);
      }
      latent.data[c * positions + p] = static_cast<float>(sum);
    }
  }
  return latent;
}

Result<tensor::Tensor> Quantizer::quantize(const tensor::Tensor& latent) const {
  VEILRAY_TRY(chosen, codes(latent));
  return dequantize(chosen);
}

}  // namespace veilray::vision::vqgan
