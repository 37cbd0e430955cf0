#include "cli/bench/ckks_subject.h"

#include <algorithm>
#include <cmath>

#include "ckks/wire.h"

namespace veilray::cli {
namespace {

constexpr double kTolerance = 1e-3;
constexpr std::size_t kMostSteps = 16;

}  // namespace

CkksSubject::CkksSubject(const ckks::Params& parameters, ckks::Level operand_level)
    : params(parameters), level(operand_level) {
  std::vector<ckks::RotationRequest> requests;
  for (const auto step : steps(kMostSteps)) requests.push_back({step, level});
  galois = generator.galois_keys(requests);
  relinearization = generator.relinearization_key(level);
  for (std::size_t i = 0; i < params.slots(); ++i) {
    message.push_back(std::sin(static_cast<double>(i)));
    squared.push_back(message.back() * message.back());
  }
  plaintext = encoder.encode(message, level, kBenchScale);
  ct = encryptor.encrypt(plaintext);
}

std::vector<ckks::RotationStep> CkksSubject::steps(std::size_t count) const {
  std::vector<ckks::RotationStep> steps;
  for (std::int32_t step = 1; steps.size() < count; step += step < Diagonals::kBabies ? 1 : 8)
    steps.push_back({step});
  return steps;
}

Status CkksSubject::check(const std::vector<double>& slots,
                          const std::vector<double>& expected) const {
  double worst = slots.size() == expected.size() ? 0 : kTolerance;
  for (std::size_t i = 0; i < std::min(slots.size(), expected.size()); ++i)
    worst = std::max(worst, std::abs(slots[i] - expected[i]));
  if (worst < kTolerance) return Done{};
  return Failure{ErrorCode::kInternal, "the benchmark's result is wrong"};
}

Status CkksSubject::check(const ckks::Ciphertext& result,
                          const std::vector<double>& expected) const {
  return check(encoder.decode_real(decryptor.decrypt(result)), expected);
}

std::size_t rotation_key_bytes(CkksSubject& subject) {
  ckks::EvaluationKeyBundle bundle;
  bundle.relinearization = subject.generator.relinearization_key(subject.level);
  bundle.public_key = subject.generator.public_key();
  const std::size_t others = serialize(subject.params, bundle).size();
  const ckks::RotationRequest request = {{1}, subject.level};
  bundle.galois = subject.generator.galois_keys({&request, 1});
  return serialize(subject.params, bundle).size() - others;
}

}  // namespace veilray::cli
