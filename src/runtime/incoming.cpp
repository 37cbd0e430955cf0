#include "runtime/incoming.h"

#include <fmt/format.h>

#include "ckks/wire.h"
#include "plan/message.h"

namespace veilray::runtime {

Result<ckks::EvaluationKeyBundle> parse_keys(const plan::LoadedModel& model,
                                             std::span<const std::byte> bytes) {
  VEILRAY_TRY(keys, ckks::parse_evaluation_keys(model.params, model.kit.fingerprint(), bytes));
  VEILRAY_CHECK_OK(check_keys(model, keys));
  return keys;
}

Status check_keys(const plan::LoadedModel& model, const ckks::EvaluationKeyBundle& keys) {
  const auto lacking = [](const std::string& what) {
    return Failure{ErrorCode::kMissingKey, "the keys lack " + what, "evaluation keys",
                   "run keygen with this model's client kit"};
  };
  if (keys.model != model.kit.fingerprint())
    return Failure{ErrorCode::kFingerprintMismatch, "the keys were made for another model",
                   "evaluation keys", "run keygen with this model's client kit"};
  if (keys.relinearization.key.level < model.kit.relinearization)
    return lacking("relinearisation at the model's level");
  for (const auto& rotation : model.kit.rotations) {
    const auto element =
        ckks::to_galois_element({static_cast<std::int32_t>(rotation.step)}, model.params.n());
    const auto* key = keys.galois.find(element);
    if (key == nullptr || key->key.level < rotation.level)
      return lacking(fmt::format("the rotation by {}", rotation.step));
  }
  return Done{};
}

Result<std::vector<ckks::Ciphertext>> parse_request(const plan::LoadedModel& model,
                                                    const ckks::EvaluationKeyBundle& keys,
                                                    std::span<const std::byte> request) {
  const ckks::CiphertextOwner owner{keys.client_id, model.kit.fingerprint()};
  VEILRAY_TRY(parts, plan::split_message(request, model.program.inputs));
  std::vector<ckks::Ciphertext> inputs;
  for (const auto part : parts) {
    VEILRAY_TRY(ct, ckks::parse_ciphertext(model.params, owner, part));
    if (ct.degree() != 1 || ct.level() != model.params.max_level() ||
        !ckks::same_scale(ct.scale(), {model.kit.input_scale}))
      return Failure{ErrorCode::kMalformed,
                     "the ciphertext is no request: its level, degree or scale is another",
                     "ciphertext file", "encrypt an image with this model's client kit"};
    inputs.push_back(std::move(ct));
  }
  return inputs;
}

}  // namespace veilray::runtime
