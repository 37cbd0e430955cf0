#pragma once
#include <cstddef>
#include <memory>

#include "base/error.h"
#include "tensor/safetensors.h"
#include "tensor/tensor.h"
#include "vision/vqgan/config.h"
#include "vision/vqgan/quantizer.h"

namespace veilray::vision::vqgan {

/// Latent or codes back to an image. Made and shared like an Encoder.
class Decoder {
 public:
  /// Needs the quantizer's and the decoder's tensors. Fails as check_part does.
  static Result<Decoder> create(const Config& config, const tensor::TensorFile& weights,
                                std::size_t threads);
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  /// Raw latent [z, h, w] to image [3, h f, w f], through the codebook. The image is about [-1, 1],
  /// not clamped. Fails with kInvalidArgument: another shape, or values that are not finite.
  Result<tensor::Tensor> decode(const tensor::Tensor& latent) const;
  Result<tensor::Tensor> decode_codes(const Codes& codes) const;

  const Config& config() const noexcept;

 private:
  struct State;
  explicit Decoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace veilray::vision::vqgan
