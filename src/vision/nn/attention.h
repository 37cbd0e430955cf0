#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "vision/nn/activation.h"
#include "vision/nn/group_norm.h"

namespace veilray::vision::nn {

/// A 1x1 convolution's parameters: weight [channels, channels], bias [channels].
struct Projection {
  std::span<const float> weight;
  std::span<const float> bias;
};

/// Self-attention over positions with one head: x += proj(softmax(q^T k / sqrt(c)) v), where q, k,
/// v are projections of the normalised x.
class Attention {
 public:
  Attention(GroupNorm norm, Projection q, Projection k, Projection v, Projection proj);

  /// In place. `scratch` is overwritten. Scores are held for a bounded number of queries at a time,
  /// so memory grows with the number of positions, not with its square.
  void run(FeatureMap& x, FeatureMap& scratch) const;

 private:
  void attend(std::span<const float> qkv, std::int64_t positions, std::span<float> out) const;

  std::int64_t channels_;
  GroupNorm norm_;
  std::vector<float> qkv_weight_;  // [3 channels, channels]: q, then k, then v
  std::vector<float> qkv_bias_;
  std::vector<float> proj_weight_;
  std::vector<float> proj_bias_;
};

}  // namespace veilray::vision::nn
