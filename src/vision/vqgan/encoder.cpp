#include "vision/vqgan/encoder.h"

#include <utility>

#include "vision/vqgan/architecture.h"
#include "vision/vqgan/network.h"
#include "vision/vqgan/weights.h"

namespace veilray::vision::vqgan {

struct Encoder::State {
  Config config;
  Network network;
};

Encoder::Encoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
Encoder::~Encoder() = default;
Encoder::Encoder(Encoder&&) noexcept = default;
Encoder& Encoder::operator=(Encoder&&) noexcept = default;

Result<Encoder> Encoder::create(const Config& config, const tensor::TensorFile& weights,
                                std::size_t threads) {
  VEILRAY_CHECK_OK(check_config(config));
  VEILRAY_CHECK_OK(check_part(config, weights, Part::kEncoder));
  const Side side{config.resolution, config.resolution};
  return Encoder(std::unique_ptr<State>(
      new State{config, Network(encoder_stages(config), weights, side, threads)}));
}

Result<tensor::Tensor> Encoder::encode(const tensor::Tensor& image) const {
  const Config& config = state_->config;
  const std::int64_t factor = config.factor();
  VEILRAY_CHECK_OK(check_planar(image, config.in_channels, factor, kMostPixels, "image"));
  auto latent = state_->network.run(image, {image.shape[1] / factor, image.shape[2] / factor});
  // Finite weights can still overflow on the way.
  VEILRAY_CHECK_OK(check_planar(latent, config.z_channels, 1, kMostPixels, "latent"));
  return latent;
}

const Config& Encoder::config() const noexcept { return state_->config; }

}  // namespace veilray::vision::vqgan
