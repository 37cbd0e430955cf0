#include "runtime/inference.h"

#include <fmt/format.h>

#include "ckks/encryption.h"
#include "ckks/flood.h"
#include "plan/answer.h"
#include "runtime/execute.h"

namespace veilray::runtime {

Inference::Inference(const plan::LoadedModel& model, ThreadPool& pool, Progress& progress)
    : model_(model),
      pool_(pool),
      fingerprint_(model.kit.fingerprint()),
      encoder_(model.params),
      constants_(model.program, encoder_, pool, progress),
      schedule_(schedule(model.program)),
      compact_period_(plan::compact_period(model.program, model.model.plan, model.params)),
      workspaces_(pool.threads()) {}

Result<ckks::EvaluationKeyBundle> Inference::parse_keys(std::span<const std::byte> bytes) const {
  VEILRAY_TRY(keys, ckks::parse_evaluation_keys(model_.params, fingerprint_, bytes));
  VEILRAY_CHECK_OK(check_keys(keys));
  return keys;
}

Status Inference::check_keys(const ckks::EvaluationKeyBundle& keys) const {
  const auto lacking = [](const std::string& what) {
    return Failure{ErrorCode::kMissingKey, "the keys lack " + what, "evaluation keys",
                   "run keygen with this model's client kit"};
  };
  if (keys.model != fingerprint_)
    return Failure{ErrorCode::kFingerprintMismatch, "the keys were made for another model",
                   "evaluation keys", "run keygen with this model's client kit"};
  if (keys.relinearization.key.level < model_.kit.relinearization)
    return lacking("relinearisation at the model's level");
  for (const auto& rotation : model_.kit.rotations) {
    const auto element =
        ckks::to_galois_element({static_cast<std::int32_t>(rotation.step)}, model_.params.n());
    const auto* key = keys.galois.find(element);
    if (key == nullptr || key->key.level < rotation.level)
      return lacking(fmt::format("the rotation by {}", rotation.step));
  }
  return Done{};
}

Result<std::vector<EncryptedBackend::Value>> Inference::read_request(
    std::span<const std::byte> request, const ckks::CiphertextOwner& owner) const {
  VEILRAY_TRY(parts, plan::split_message(request, model_.program.inputs));
  std::vector<EncryptedBackend::Value> inputs;
  for (const auto part : parts) {
    VEILRAY_TRY(ct, ckks::parse_ciphertext(model_.params, owner, part));
    if (ct.degree() != 1 || ct.level() != model_.params.max_level() ||
        !ckks::same_scale(ct.scale(), {model_.kit.input_scale}))
      return Failure{ErrorCode::kMalformed,
                     "the ciphertext is no request: its level, degree or scale is another",
                     "ciphertext file", "encrypt an image with this model's client kit"};
    inputs.emplace_back(std::move(ct));
  }
  return inputs;
}

Result<plan::Bytes> Inference::answer(std::span<const std::byte> request,
                                      const ckks::EvaluationKeyBundle& keys, Rng& rng,
                                      Trace* trace) {
  VEILRAY_CHECK_OK(check_keys(keys));
  const ckks::CiphertextOwner owner{keys.client_id, fingerprint_};
  VEILRAY_TRY(inputs, read_request(request, owner));
  EncryptedBackend backend(model_.params, constants_, keys.relinearization, keys.galois,
                           workspaces_);
  auto outputs = execute(model_.program, schedule_, backend, std::move(inputs), pool_, trace);
  std::vector<plan::Bytes> parts;
  for (auto& output : outputs) {
    auto answer = ckks::rerandomize(model_.params, std::get<ckks::Ciphertext>(std::move(output)),
                                    keys.public_key, rng, workspaces_.front());
    if (model_.model.plan.flood_bits > 0)
      answer = ckks::flood(model_.params, std::move(answer), model_.model.plan.flood_bits, rng);
    parts.push_back(compact_period_
                        ? ckks::serialize(model_.params, owner,
                                          ckks::compact(model_.params, answer, *compact_period_))
                        : ckks::serialize(model_.params, owner, answer));
  }
  return plan::join_message(parts);
}

}  // namespace veilray::runtime
