#pragma once
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "tensor/safetensors.h"
#include "tensor/tensor.h"
#include "vision/vqgan/architecture.h"
#include "vision/vqgan/layers.h"

namespace veilray::vision::vqgan {

/// A list of stages, run. Encoder and Decoder differ in the list only.
class Network {
 public:
  /// `weights` has passed check_part; `side` is the input size to prepare for.
  Network(const std::vector<Stage>& stages, const tensor::TensorFile& weights, Side side,
          std::size_t threads);

  /// planar [c, h, w] to planar [c', h', w']. Calls from several threads wait for each other: they
  /// share the workspace.
  tensor::Tensor run(const tensor::Tensor& in, Side out_side);

 private:
  std::size_t threads_;
  std::int64_t out_channels_;
  std::unique_ptr<Stem> stem_;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::unique_ptr<Head> head_;
  std::mutex mutex_;
  Workspace work_;
};

/// Fails with kInvalidArgument unless `tensor` is [channels, h, w] with h and w positive multiples
/// of `multiple`, at most `most`, and every value finite. `what` names it in the message.
Status check_planar(const tensor::Tensor& tensor, std::int64_t channels, std::int64_t multiple,
                    std::int64_t most, const std::string& what);

/// Largest side of an image.
inline constexpr std::int64_t kMostPixels = 1024;

}  // namespace veilray::vision::vqgan
