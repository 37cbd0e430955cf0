#pragma once
// A linear layer by its diagonals, as the runtime computes one: rotations of the one ciphertext
// hoisted (baby steps), rotations of the sums added up before their one mod-down (giant steps).
// Source: Halevi, Shoup, eprint 2014/106; Bossuat et al., eprint 2020/1203.
#include <vector>

#include "ckks/encoder.h"
#include "ckks/evaluator.h"

namespace veilray::cli {

class Diagonals {
 public:
  static constexpr std::int32_t kBabies = 8, kGiants = 8;

  /// 64 full plaintexts at `level`, made of sines.
  Diagonals(const ckks::Encoder& encoder, ckks::Level level, ckks::Scale scale);

  /// out = sum over g, b of rotate(weight(g, b) * rotate(slots, b), 8 g).
  std::vector<double> apply(const std::vector<double>& slots) const;
  /// The same. Scale: product. Keys: the steps 1..7 and 8, 16..56.
  ckks::Ciphertext apply(const ckks::Params& params, const ckks::Evaluator& evaluator,
                         const ckks::GaloisKeys& keys, const ckks::Ciphertext& ct,
                         ckks::Workspace& workspace) const;

 private:
  std::vector<ckks::Plaintext> plaintexts_;  // row-major, giants x babies
  std::vector<const ckks::Plaintext*> addresses_;
};

/// out[i] = slots[(i + step) mod size].
std::vector<double> rotated(std::vector<double> slots, std::int32_t step);

}  // namespace veilray::cli
