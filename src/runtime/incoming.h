#pragma once
// What a client sends, checked against one model before anything is computed.
#include <span>
#include <vector>

#include "base/error.h"
#include "ckks/ciphertext.h"
#include "ckks/evaluation_keys.h"
#include "plan/model.h"

namespace veilray::runtime {

/// Keys made for this model, all that it needs. Fails with kMalformed, kFingerprintMismatch, or
/// kMissingKey.
Result<ckks::EvaluationKeyBundle> parse_keys(const plan::LoadedModel& model,
                                             std::span<const std::byte> bytes);
Status check_keys(const plan::LoadedModel& model, const ckks::EvaluationKeyBundle& keys);

/// The inputs of a request made with the owner of `keys`'s keys for this model. Fails with
/// kMalformed or kFingerprintMismatch.
Result<std::vector<ckks::Ciphertext>> parse_request(const plan::LoadedModel& model,
                                                    const ckks::EvaluationKeyBundle& keys,
                                                    std::span<const std::byte> request);

}  // namespace veilray::runtime
