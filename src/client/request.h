#pragma once
// From latents to the bytes of a request, and from the bytes of an answer to logits.
#include <span>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "ckks/encoder.h"
#include "ckks/params.h"
#include "ckks/secret/secret_key.h"
#include "plan/client_kit.h"
#include "plan/message.h"
#include "tensor/tensor.h"

namespace veilray::client {

/// One client of one model. Arguments must outlive it.
class Client {
 public:
  Client(const ckks::Params& params, const plan::ClientKit& kit, const ckks::SecretKeyFile& key)
      : params_(params), kit_(kit), key_(key), encoder_(params) {}

  /// Up to kit.images latents of the kit's shape [c, s, s] or [1, c, s, s]; zeros stand for those
  /// that are missing. Fresh randomness on each call.
  /// Fails with kInvalidArgument: none or too many, another shape, a value that is not finite or
  /// beyond what the scale leaves room for.
  Result<plan::Bytes> encrypt(std::span<const tensor::Tensor> latents, Rng& secret_rng,
                              Rng& public_rng) const;

  Result<plan::Bytes> encrypt(const tensor::Tensor& latent, Rng& secret_rng,
                              Rng& public_rng) const {
    return encrypt(std::span(&latent, 1), secret_rng, public_rng);
  }

  /// The logits of kit.images images, one image after the other, unrounded: for the key's owner
  /// only (IND-CPA-D).
  /// Fails with kMalformed (numbers that are not finite, too) or kFingerprintMismatch.
  Result<std::vector<double>> decrypt(std::span<const std::byte> answer) const;

 private:
  const ckks::Params& params_;
  const plan::ClientKit& kit_;
  const ckks::SecretKeyFile& key_;
  ckks::Encoder encoder_;
};

/// The latent as [c, s, s], checked against what the kit expects.
Result<tensor::Tensor> check_latent(const plan::ClientKit& kit, const tensor::Tensor& latent);
/// Up to kit.images of them, each checked, as the one tensor that the kit's layout is of.
Result<tensor::Tensor> check_latents(const plan::ClientKit& kit,
                                     std::span<const tensor::Tensor> latents);

}  // namespace veilray::client
