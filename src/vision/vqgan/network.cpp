#include "vision/vqgan/network.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"
#include "vision/nn/threads.h"

namespace veilray::vision::vqgan {

Network::Network(const std::vector<Stage>& stages, const tensor::TensorFile& weights, Side side,
                 std::size_t threads)
    : threads_(threads), out_channels_(stages.back().out_channels) {
  const nn::ThreadScope scope(threads_);
  stem_ = make_stem(stages.front(), weights, side);
  for (std::size_t i = 1; i + 1 < stages.size(); ++i) {
    layers_.push_back(make_layer(stages[i], weights, side));
  }
  head_ = make_head(stages.back(), weights, side);
}

tensor::Tensor Network::run(const tensor::Tensor& in, Side out_side) {
  const std::lock_guard lock(mutex_);
  const nn::ThreadScope scope(threads_);
  stem_->run(in.data, in.shape[1], in.shape[2], work_);
  for (const auto& layer : layers_) layer->run(work_);
  auto out = tensor::Tensor::zeros({out_channels_, out_side.height, out_side.width});
  head_->run(work_, out.data);
  return out;
}

Status check_planar(const tensor::Tensor& tensor, std::int64_t channels, std::int64_t multiple,
                    std::int64_t most, const std::string& what) {
  const auto fits = [&](std::int64_t side) {
    return side > 0 && side <= most && side % multiple == 0;
  };
  if (tensor.shape.size() != 3 || tensor.shape[0] != channels || !fits(tensor.shape[1]) ||
      !fits(tensor.shape[2]) || tensor.data.size() != tensor::element_count(tensor.shape)) {
    std::string mend =
        "give [" + std::to_string(channels) + ", h, w] with sides up to " + std::to_string(most);
    if (multiple > 1) mend += " that are multiples of " + std::to_string(multiple);
    return Failure{ErrorCode::kInvalidArgument, "the " + what + " has the wrong shape", "VQGAN",
                   mend};
  }
  if (!std::all_of(tensor.data.begin(), tensor.data.end(),
                   [](float value) { return std::isfinite(value); })) {
    return Failure{ErrorCode::kInvalidArgument, "the " + what + " holds a value that is not finite",
                   "VQGAN", "make it again from its source"};
  }
  return Done{};
}

}  // namespace veilray::vision::vqgan
