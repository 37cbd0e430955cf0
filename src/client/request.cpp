#include "client/request.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "ckks/secret/decryptor.h"
#include "ckks/secret/secret_encryptor.h"
#include "ckks/wire.h"
#include "plan/images.h"

namespace veilray::client {
namespace {

/// Latents are of order one; beyond this they are no latents, and squares of them may leave the
/// modulus.
constexpr float kLargestLatent = 1e3F;

Failure bad_latent(std::string what) {
  return {ErrorCode::kInvalidArgument, std::move(what), "latent",
          "encode the image with this model's VQGAN"};
}

}  // namespace

Result<tensor::Tensor> check_latent(const plan::ClientKit& kit, const tensor::Tensor& latent) {
  tensor::Tensor checked = latent;
  if (checked.shape.size() == 4 && checked.shape.front() == 1)
    checked.shape.erase(checked.shape.begin());
  const auto wanted = kit.latent_shape();
  if (checked.shape != wanted)
    return bad_latent(fmt::format("the latent has shape {}, the model expects {}",
                                  fmt::join(latent.shape, "x"), fmt::join(wanted, "x")));
  for (const float value : checked.data)
    if (!(std::abs(value) <= kLargestLatent))
      return bad_latent("the latent holds a value that is not finite, or too large");
  return checked;
}

Result<tensor::Tensor> check_latents(const plan::ClientKit& kit,
                                     std::span<const tensor::Tensor> latents) {
  if (latents.empty() || latents.size() > kit.images)
    return Failure{ErrorCode::kInvalidArgument,
                   fmt::format("{} latents for one ciphertext of this model, which carries {}",
                               latents.size(), kit.images),
                   "latents", "encrypt them into several"};
  std::vector<tensor::Tensor> checked;
  for (const auto& latent : latents) {
    VEILRAY_TRY(good, check_latent(kit, latent));
    checked.push_back(std::move(good));
  }
  return plan::stack_images(checked, kit.images);
}

Result<plan::Bytes> Client::encrypt(std::span<const tensor::Tensor> latents, Rng& secret_rng,
                                    Rng& public_rng) const {
  VEILRAY_TRY(checked, check_latents(kit_, latents));
  ckks::SecretKeyEncryptor encryptor(params_, key_.key, secret_rng, public_rng);
  std::vector<plan::Bytes> parts;
  for (const auto& slots : plan::pack(checked, kit_.input)) {
    const auto plaintext =
        encoder_.encode(slots, params_.max_level(), ckks::Scale{kit_.input_scale});
    parts.push_back(ckks::serialize(params_, {key_.client_id, key_.model},
                                    encryptor.encrypt_seeded(plaintext)));
  }
  return plan::join_message(parts);
}

Result<std::vector<double>> Client::decrypt(std::span<const std::byte> answer) const {
  VEILRAY_TRY(parts, plan::split_message(answer, 1));
  VEILRAY_TRY(ct, ckks::parse_answer(params_, {key_.client_id, key_.model}, parts.front()));
  const ckks::Decryptor decryptor(params_, key_.key);
  const auto plaintext = std::visit([&](const auto& form) { return decryptor.decrypt(form); }, ct);
  const auto slots = encoder_.decode_real(plaintext);
  std::vector<double> logits(slots.begin(), slots.begin() + kit_.images * kit_.outputs);
  // The server names the scale, and one that is absurd leaves no numbers.
  if (!std::ranges::all_of(logits, [](double logit) { return std::isfinite(logit); }))
    return Failure{ErrorCode::kMalformed, "the answer holds numbers that are not finite",
                   "ciphertext file", "ask the server again"};
  return logits;
}

}  // namespace veilray::client
