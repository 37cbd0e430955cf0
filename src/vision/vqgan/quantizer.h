#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/error.h"
#include "tensor/safetensors.h"
#include "tensor/tensor.h"
#include "vision/vqgan/config.h"

namespace veilray::vision::vqgan {

/// One codebook index for each latent position, row by row.
struct Codes {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<std::int32_t> index;

  friend bool operator==(const Codes&, const Codes&) = default;
};

/// The vector quantisation between encoder and decoder.
class Quantizer {
 public:
  /// Needs the quantizer's tensors only. Fails as check_part does.
  static Result<Quantizer> create(const Config& config, const tensor::TensorFile& weights);
  ~Quantizer();
  Quantizer(Quantizer&&) noexcept;
  Quantizer& operator=(Quantizer&&) noexcept;

  /// quant_conv, then the nearest code by L2 (the lowest index among equals) of [z, h, w].
  /// The choice is exact for the float vectors after quant_conv: near ties are settled in double.
  /// Fails with kInvalidArgument: another shape, or values that are not finite.
  Result<Codes> codes(const tensor::Tensor& latent) const;

  /// The codes' vectors through post_quant_conv: [z, h, w], what the decoder reads.
  /// Fails with kInvalidArgument: an index outside the codebook, or not height * width of them.
  Result<tensor::Tensor> dequantize(const Codes& codes) const;

  /// The quantised latent, dequantize(codes(latent)): same shape as the raw one.
  Result<tensor::Tensor> quantize(const tensor::Tensor& latent) const;

 private:
  struct State;
  explicit Quantizer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace veilray::vision::vqgan
