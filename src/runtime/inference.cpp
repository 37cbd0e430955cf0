#include "runtime/inference.h"

#include <iterator>
#include <utility>

#include "ckks/encryption.h"
#include "ckks/flood.h"
#include "ckks/wire.h"
#include "plan/answer.h"
#include "runtime/encrypted_backend.h"
#include "runtime/execute.h"
#include "runtime/incoming.h"

namespace veilray::runtime {

namespace {

/// Of the keys that a client of this model sends, once they are parsed.
std::uint64_t key_bytes(const plan::LoadedModel& model) {
  const auto words = [&](ckks::Level level) {
    const auto& params = model.params;
    return std::uint64_t{2} * params.dnum(level) * (level.limbs() + params.special_primes()) *
           params.n();
  };
  std::uint64_t sum = words(model.kit.relinearization);
  for (const auto& rotation : model.kit.rotations) sum += words(rotation.level);
  return sum * sizeof(std::uint32_t);
}

std::uint64_t weight_budget(const plan::LoadedModel& model) {
  const std::uint64_t keys = key_bytes(model);
  const std::uint64_t memory = Inference::memory_for(model.params.log_n());
  return memory > keys ? memory - keys : 0;
}

}  // namespace

std::uint64_t Inference::expected_weight_bytes(const plan::LoadedModel& model) {
  return EncodedConstants::expected_bytes(model.program, model.params, weight_budget(model));
}

Inference::Inference(const plan::LoadedModel& model, ThreadPool& pool, Progress& progress)
    : model_(model),
      pool_(pool),
      encoder_(model.params),
      constants_(model.program, encoder_, pool, progress, weight_budget(model)),
      schedule_(schedule(model.program)),
      compact_period_(plan::compact_period(model.program, model.model.plan, model.params)),
      team_(pool) {}

Result<plan::Bytes> Inference::answer(std::span<const std::byte> request,
                                      const ckks::EvaluationKeyBundle& keys, Rng& rng,
                                      Trace* trace) {
  VEILRAY_CHECK_OK(check_keys(model_, keys));
  VEILRAY_TRY(ciphertexts, parse_request(model_, keys, request));
  std::vector<EncryptedBackend::Value> inputs(std::make_move_iterator(ciphertexts.begin()),
                                              std::make_move_iterator(ciphertexts.end()));
  EncryptedBackend backend(model_.params, constants_, keys.relinearization, keys.galois, team_);
  Observer<EncryptedBackend::Value> observe;
  if (trace != nullptr && trace->on_ciphertext)
    observe = [&](plan::ValueId id, const EncryptedBackend::Value& value) {
      if (const auto* ct = std::get_if<ckks::Ciphertext>(&value)) trace->on_ciphertext(id, *ct);
    };
  auto outputs =
      execute(model_.program, schedule_, backend, std::move(inputs), pool_, trace, observe);
  const ckks::CiphertextOwner owner{keys.client_id, model_.kit.fingerprint()};
  std::vector<plan::Bytes> parts;
  for (auto& output : outputs) {
    auto answer = ckks::rerandomize(model_.params, std::get<ckks::Ciphertext>(std::move(output)),
                                    keys.public_key, rng, team_.of(0));
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
