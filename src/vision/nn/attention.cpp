#include "vision/nn/attention.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "vision/nn/gemm.h"
#include "vision/nn/softmax.h"
#include "vision/nn/threads.h"

namespace veilray::vision::nn {
namespace {

constexpr std::int64_t kScoreFloats = std::int64_t{1}
                                      << 20;  // 4 MiB: stays in the last-level cache

void append(std::vector<float>& to, std::span<const float> values) {
  to.insert(to.end(), values.begin(), values.end());
}

// out [positions, outputs] = rows [positions, inputs] * weight^T + bias
void project(std::span<float> out, std::span<const float> rows, const std::vector<float>& weight,
             const std::vector<float>& bias, std::int64_t positions) {
  const auto outputs = static_cast<std::int64_t>(bias.size());
  const std::int64_t inputs = static_cast<std::int64_t>(weight.size()) / outputs;
  parallel_for(positions, [&](std::int64_t p) {
    std::copy(bias.begin(), bias.end(), out.begin() + p * outputs);
  });
  multiply({out.data(), outputs}, {rows.data(), inputs}, {weight.data(), inputs},
           Right::kTransposed, positions, outputs, inputs, 1.0F, 1.0F);
}

}  // namespace

Attention::Attention(GroupNorm norm, Projection q, Projection k, Projection v, Projection proj)
    : channels_(static_cast<std::int64_t>(q.bias.size())),
      norm_(std::move(norm)),
      proj_weight_(proj.weight.begin(), proj.weight.end()),
      proj_bias_(proj.bias.begin(), proj.bias.end()) {
  for (const Projection& part : {q, k, v, proj}) {
    if (part.bias.size() != q.bias.size() || part.weight.size() != q.bias.size() * q.bias.size()) {
      throw Error(ErrorCode::kInvalidArgument, "attention projections must be square");
    }
  }
  for (const Projection& part : {q, k, v}) {
    append(qkv_weight_, part.weight);
    append(qkv_bias_, part.bias);
  }
}

void Attention::run(FeatureMap& x, FeatureMap& scratch) const {
  VEILRAY_ASSERT(x.extent.channels == channels_);
  const std::int64_t positions = x.extent.positions();
  AlignedVector<float> rows(x.extent.size());
  AlignedVector<float> qkv(3 * x.extent.size());
  norm_.run(x, Activation::kNone, scratch);
  to_rows(scratch, rows);
  project(qkv, rows, qkv_weight_, qkv_bias_, positions);
  attend(qkv, positions, rows);
  project({qkv.data(), x.extent.size()}, rows, proj_weight_, proj_bias_, positions);
  add_rows(qkv, x);
}

void Attention::attend(std::span<const float> qkv, std::int64_t positions,
                       std::span<float> out) const {
  const std::int64_t stride = 3 * channels_;
  const std::int64_t padded = (positions + kSoftmaxPadding - 1) / kSoftmaxPadding * kSoftmaxPadding;
  const std::int64_t most = std::clamp(kScoreFloats / padded, std::int64_t{1}, positions);
  const float scale = 1.0F / std::sqrt(static_cast<float>(channels_));
  const Rows<const float> keys{qkv.data() + channels_, stride};
  const Rows<const float> values{qkv.data() + 2 * channels_, stride};
  AlignedVector<float> scores(static_cast<std::size_t>(most * padded));
  for (std::int64_t begin = 0; begin < positions; begin += most) {
    const std::int64_t count = std::min(most, positions - begin);
    multiply({scores.data(), padded}, {qkv.data() + begin * stride, stride}, keys,
             Right::kTransposed, count, positions, channels_, scale, 0.0F);
    softmax_rows({scores.data(), padded}, count, positions);
    multiply({out.data() + begin * channels_, channels_}, {scores.data(), padded}, values,
             Right::kAsIs, count, channels_, positions, 1.0F, 0.0F);
  }
}

}  // namespace veilray::vision::nn
