#pragma once
// What the built-in networks are written in. A network is described once, by a function that adds
// its layers here; from that come its graph, and the names and shapes of its tensors.
#include <cstdint>
#include <string>

#include "base/error.h"
#include "graph/architectures/tensor_list.h"
#include "graph/builder.h"
#include "tensor/safetensors.h"

namespace veilray::graph {

struct ConvolutionShape {
  std::int64_t out, kernel;
  std::int64_t groups = 1, stride = 1, padding = 0;  // on all four sides
  bool bias = true;
};

/// Adds layers whose tensors are those of a file that bear their names. What the file lacks, or has
/// in another shape, is zero here and told by check_tensors(file, tensors(), ...). After the first
/// layer that does not fit its input nothing is added any more.
class Layers {
 public:
  /// `weights` outlives it.
  Layers(std::string name, Shape input, const tensor::TensorFile& weights)
      : builder_(std::move(name), std::move(input)), weights_(weights) {}

  NodeId input() const { return {0}; }
  /// Of a node's value. Not after a misfit.
  const Shape& shape(NodeId id) const { return builder_.shape(id); }

  NodeId convolution(const std::string& name, NodeId in, const ConvolutionShape& shape);
  NodeId batch_norm(const std::string& name, NodeId in);
  NodeId linear(const std::string& name, NodeId in, std::int64_t out, bool bias = true);
  /// alpha x^2 + beta x + c.
  NodeId activation(const std::string& name, NodeId in);
  /// alpha x^3 + beta x + c.
  NodeId cubic(const std::string& name, NodeId in);
  /// alpha x^2.
  NodeId scaled_square(const std::string& name, NodeId in);
  /// Mean over 2 x 2 windows.
  NodeId pool(const std::string& name, NodeId in);
  /// Mean over all positions, [c].
  NodeId global_mean(const std::string& name, NodeId in);
  NodeId flatten(const std::string& name, NodeId in);
  NodeId add(const std::string& name, NodeId a, NodeId b);
  NodeId gate(const std::string& name, NodeId in, NodeId factors);
  /// `layer` once more, with its tensors.
  NodeId again(const std::string& name, NodeId layer, NodeId in);

  const TensorList& tensors() const { return tensors_; }
  /// Fails with kInvalidArgument, naming the layer, if one does not fit its input.
  Status status() const;
  /// The graph whose output is the layer added last, verified.
  Result<Graph> finish() && { return std::move(builder_).finish(); }

 private:
  Tensor take(const std::string& name, const Shape& shape);
  std::vector<float> take_values(const std::string& name, std::int64_t count) {
    return take(name, {count}).data;
  }
  double take_scalar(const std::string& name) { return take(name, {1}).data[0]; }
  bool failed() const { return !status().ok(); }

  GraphBuilder builder_;
  const tensor::TensorFile& weights_;
  TensorList tensors_;
  Status too_large_ = Done{};
};

}  // namespace veilray::graph
