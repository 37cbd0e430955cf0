#pragma once
#include <cstddef>
#include <memory>

#include "base/error.h"
#include "tensor/safetensors.h"
#include "tensor/tensor.h"
#include "vision/vqgan/config.h"

namespace veilray::vision::vqgan {

/// Image to raw latent (the output before quant_conv, the one that is encrypted). Weights are laid
/// out for the CPU once, here; the TensorFile may go afterwards.
class Encoder {
 public:
  /// `threads` zero means one per core. Needs the encoder's tensors only. Fails as check_part does.
  static Result<Encoder> create(const Config& config, const tensor::TensorFile& weights,
                                std::size_t threads);
  ~Encoder();
  Encoder(Encoder&&) noexcept;
  Encoder& operator=(Encoder&&) noexcept;

  /// [3, h, w] in [-1, 1] to [z_channels, h/f, w/f]. h and w are multiples of the factor f, at most
  /// 1024; attention stays at the levels where the configured resolution puts it. Safe to call from
  /// several threads; the calls then run one after the other.
  /// Fails with kInvalidArgument: another shape, or values that are not finite.
  Result<tensor::Tensor> encode(const tensor::Tensor& image) const;

  const Config& config() const noexcept;

 private:
  struct State;
  explicit Encoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace veilray::vision::vqgan
