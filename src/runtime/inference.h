#pragma once
// The server's side of one model: requests in, answers out, evaluation keys only.
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "base/random.h"
#include "base/thread_pool.h"
#include "ckks/encoder.h"
#include "ckks/evaluation_keys.h"
#include "plan/message.h"
#include "plan/model.h"
#include "runtime/constants.h"
#include "runtime/schedule.h"
#include "runtime/trace.h"

namespace veilray::runtime {

class Inference {
 public:
  /// Bytes that the weights and one client's keys should stay within; weights over it are
  /// transformed at every use. In a larger ring keys leave less of it.
  static constexpr std::uint64_t memory_for(std::uint32_t log_n) noexcept {
    return std::uint64_t{log_n <= 14 ? 800U : 1024U} << 20U;
  }

  /// Encodes the weights. `model` and `pool` must outlive it.
  Inference(const plan::LoadedModel& model, ThreadPool& pool, Progress& progress);

  /// The bytes of an answer to the bytes of a request. The answer is re-randomised and flooded up
  /// to the plan's error budget, so that it tells of the weights little more than the logits do.
  /// Fails as parse_request() and check_keys() do.
  Result<plan::Bytes> answer(std::span<const std::byte> request,
                             const ckks::EvaluationKeyBundle& keys, Rng& rng,
                             Trace* trace = nullptr);

  /// Encoded weights, in bytes; and what they will be, roughly, before there are any
  /// (EncodedConstants::expected_bytes).
  std::uint64_t weight_bytes() const noexcept { return constants_.bytes(); }
  static std::uint64_t expected_weight_bytes(const plan::LoadedModel& model);

 private:
  const plan::LoadedModel& model_;
  ThreadPool& pool_;
  ckks::Encoder encoder_;
  EncodedConstants constants_;
  Schedule schedule_;
  std::optional<std::uint32_t> compact_period_;  // of answers that leave compact
  ckks::Team team_;
};

}  // namespace veilray::runtime
