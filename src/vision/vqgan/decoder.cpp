#include "vision/vqgan/decoder.h"

#include <utility>

#include "vision/vqgan/architecture.h"
#include "vision/vqgan/network.h"
#include "vision/vqgan/weights.h"

namespace veilray::vision::vqgan {

struct Decoder::State {
  Config config;
  Quantizer quantizer;
  Network network;

  // quantised latent, after post_quant_conv, to image
  Result<tensor::Tensor> decode_quantised(const tensor::Tensor& latent) {
    const std::int64_t factor = config.factor();
    VEILRAY_CHECK_OK(check_planar(latent, config.z_channels, 1, kMostPixels / factor, "latent"));
    auto image = network.run(latent, {latent.shape[1] * factor, latent.shape[2] * factor});
    VEILRAY_CHECK_OK(check_planar(image, config.out_channels, 1, kMostPixels, "decoded image"));
    return image;
  }
};

Decoder::Decoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

Result<Decoder> Decoder::create(const Config& config, const tensor::TensorFile& weights,
                                std::size_t threads) {
  VEILRAY_TRY(quantizer, Quantizer::create(config, weights));
  VEILRAY_CHECK_OK(check_part(config, weights, Part::kDecoder));
  const Side side{config.latent_size(), config.latent_size()};
  return Decoder(std::unique_ptr<State>(new State{
      config, std::move(quantizer), Network(decoder_stages(config), weights, side, threads)}));
}

Result<tensor::Tensor> Decoder::decode(const tensor::Tensor& latent) const {
  VEILRAY_TRY(quantised, state_->quantizer.quantize(latent));
  return state_->decode_quantised(quantised);
}

Result<tensor::Tensor> Decoder::decode_codes(const Codes& codes) const {
  VEILRAY_TRY(quantised, state_->quantizer.dequantize(codes));
  return state_->decode_quantised(quantised);
}

const Config& Decoder::config() const noexcept { return state_->config; }

}  // namespace veilray::vision::vqgan
