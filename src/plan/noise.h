#pragma once
#include "ckks/params.h"

namespace veilray::plan {

/// Standard deviations of what each operation adds to the real part of a slot, in units of the
/// scaled message (divide by the scale). Coefficients of deviation s put s * sqrt(n / 2) there. The
/// secret is uniform ternary (variance 2/3), errors are centred binomial with 21 coin pairs
/// (variance 10.5). Sources: Cheon et al., eprint 2018/931; Han, Ki, eprint 2019/688. Tested
/// against measured noise.
class NoiseModel {
 public:
  explicit NoiseModel(const ckks::Params& params) : params_(params) {}

  /// Error of a secret-key encryption and the rounding of its encoding.
  double fresh() const;
  /// Rounding of an encoding: what a plaintext's slots are off by, times its scale.
  double encoding() const;
  double rescale() const;
  /// Rounding of a compact answer whose slots have that period, at the scale of the compact form.
  double compaction(std::uint32_t period) const;
  /// Digits times key errors, divided by P, and the rounding of the mod-down.
  double key_switch(ckks::Level level) const;

 private:
  double in_slots(double coefficient_variance) const;
  const ckks::Params& params_;
};

}  // namespace veilray::plan
