#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "vision/nn/activation.h"

namespace veilray::vision::nn {

enum class Activation : std::uint8_t { kNone, kSwish };

/// GroupNorm with 32 groups and eps 1e-6, affine, and the activation that follows it in the same
/// pass: oneDNN 2.6 has no such primitive, and memory traffic is all it costs.
class GroupNorm {
 public:
  static constexpr std::int64_t kGroups = 32;
  static constexpr double kEpsilon = 1e-6;

  GroupNorm(std::span<const float> weight, std::span<const float> bias);

  /// `out` may be `in`. Output bits do not depend on the number of threads.
  void run(const FeatureMap& in, Activation activation, FeatureMap& out) const;

 private:
  std::vector<float> weight_;
  std::vector<float> bias_;
};

}  // namespace veilray::vision::nn
