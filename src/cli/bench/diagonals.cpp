#include "cli/bench/diagonals.h"

#include <algorithm>
#include <cmath>

#include "ckks/linear_transform.h"

namespace veilray::cli {
namespace {

/// At most 1/8, so that sums of 64 stay small.
double weight(std::int32_t giant, std::int32_t baby, std::size_t slot) {
  return std::sin(static_cast<double>(slot) + 10.0 * giant + baby) / 8;
}

}  // namespace

std::vector<double> rotated(std::vector<double> slots, std::int32_t step) {
  std::ranges::rotate(slots, slots.begin() + step);
  return slots;
}

Diagonals::Diagonals(const ckks::Encoder& encoder, ckks::Level level, ckks::Scale scale) {
  std::vector<double> slots(encoder.params().slots());
  for (std::int32_t giant = 0; giant < kGiants; ++giant) {
    for (std::int32_t baby = 0; baby < kBabies; ++baby) {
      for (std::size_t i = 0; i < slots.size(); ++i) slots[i] = weight(giant, baby, i);
      plaintexts_.push_back(encoder.encode(slots, level, scale));
    }
  }
  for (const auto& plaintext : plaintexts_) addresses_.push_back(&plaintext);
}

std::vector<double> Diagonals::apply(const std::vector<double>& slots) const {
  std::vector<double> total(slots.size());
  for (std::int32_t giant = 0; giant < kGiants; ++giant) {
    std::vector<double> sum(slots.size());
    for (std::int32_t baby = 0; baby < kBabies; ++baby) {
      const auto turned = rotated(slots, baby);
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += weight(giant, baby, i) * turned[i];
    }
    sum = rotated(std::move(sum), kBabies * giant);
    for (std::size_t i = 0; i < sum.size(); ++i) total[i] += sum[i];
  }
  return total;
}

ckks::Ciphertext Diagonals::apply(const ckks::Params& params, const ckks::Evaluator& evaluator,
                                  const ckks::GaloisKeys& keys, const ckks::Ciphertext& ct,
                                  ckks::Workspace& workspace) const {
  auto hoisted = evaluator.hoist(ct, workspace);
  std::vector<ckks::Ciphertext> babies;
  for (std::int32_t step = 1; step < kBabies; ++step)
    babies.push_back(evaluator.rotate_hoisted(ct, hoisted, {step}, keys, workspace));
  std::move(hoisted).recycle(workspace);

  std::vector<const ckks::Ciphertext*> operands = {&ct};
  for (const auto& baby : babies) operands.push_back(&baby);
  auto sums = ckks::multiply_accumulate(params, operands, {addresses_, kGiants}, workspace);
  for (auto& baby : babies) std::move(baby).recycle(workspace);

  ckks::ExtendedCiphertext turned;
  for (std::int32_t giant = 1; giant < kGiants; ++giant) {
    auto& sum = sums[static_cast<std::size_t>(giant)];
    evaluator.rotate_accumulate(turned, sum, {kBabies * giant}, keys, workspace);
    std::move(sum).recycle(workspace);
  }
  auto total = evaluator.mod_down(std::move(turned), workspace);
  total = evaluator.add(std::move(total), sums[0]);
  std::move(sums[0]).recycle(workspace);
  return total;
}

}  // namespace veilray::cli
