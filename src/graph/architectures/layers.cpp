#include "graph/architectures/layers.h"

namespace veilray::graph {
namespace {

/// A quarter of a gigabyte; the largest layer of ours, hefnet's last one on 1024 x 1024, is just
/// below.
constexpr std::int64_t kMaxWeights = std::int64_t{1} << 26;

/// Extents are bounded by 2^24 each: divides before it would overflow.
bool is_too_large(const Shape& shape) {
  std::int64_t room = kMaxWeights;
  for (const auto extent : shape) room /= extent;
  return room == 0;
}

}  // namespace

Status Layers::status() const {
  VEILRAY_CHECK_OK(builder_.status());
  return too_large_;
}

Tensor Layers::take(const std::string& name, const Shape& shape) {
  tensors_[name] = shape;
  if (is_too_large(shape)) {
    if (too_large_.ok())
      too_large_ = Failure{ErrorCode::kInvalidArgument, "a tensor would be too large", name, ""};
    return Tensor::zeros({1});
  }
  const auto found = weights_.tensors.find(name);
  if (found == weights_.tensors.end() || found->second.shape != shape ||
      found->second.data.size() != tensor::element_count(shape)) {
    return Tensor::zeros(shape);
  }
  return found->second;
}

NodeId Layers::convolution(const std::string& name, NodeId in, const ConvolutionShape& shape) {
  if (failed()) return in;
  const std::int64_t channels = builder_.shape(in)[0] / shape.groups, p = shape.padding;
  Conv2d conv{.weight = take(name + ".weight", {shape.out, channels, shape.kernel, shape.kernel}),
              .groups = shape.groups,
              .stride = shape.stride,
              .padding = {p, p, p, p}};
  if (shape.bias) conv.bias = take_values(name + ".bias", shape.out);
  return builder_.add(name, std::move(conv), {in});
}

NodeId Layers::batch_norm(const std::string& name, NodeId in) {
  if (failed()) return in;
  const std::int64_t channels = builder_.shape(in)[0];
  return builder_.add(name,
                      BatchNorm{.weight = take_values(name + ".weight", channels),
                                .bias = take_values(name + ".bias", channels),
                                .mean = take_values(name + ".running_mean", channels),
                                .variance = take_values(name + ".running_var", channels)},
                      {in});
}

NodeId Layers::linear(const std::string& name, NodeId in, std::int64_t out, bool bias) {
  if (failed()) return in;
  Linear linear{take(name + ".weight", {out, builder_.shape(in)[0]})};
  if (bias) linear.bias = take_values(name + ".bias", out);
  return builder_.add(name, std::move(linear), {in});
}

NodeId Layers::activation(const std::string& name, NodeId in) {
  if (failed()) return in;
  return builder_.add(name,
                      Polynomial{{take_scalar(name + ".c"), take_scalar(name + ".beta"),
                                  take_scalar(name + ".alpha")}},
                      {in});
}

NodeId Layers::cubic(const std::string& name, NodeId in) {
  if (failed()) return in;
  return builder_.add(name,
                      Polynomial{{take_scalar(name + ".c"), take_scalar(name + ".beta"), 0,
                                  take_scalar(name + ".alpha")}},
                      {in});
}

NodeId Layers::scaled_square(const std::string& name, NodeId in) {
  if (failed()) return in;
  return builder_.add(name, Polynomial{{0, 0, take_scalar(name + ".alpha")}}, {in});
}

NodeId Layers::pool(const std::string& name, NodeId in) {
  return failed() ? in : builder_.add(name, AveragePool{}, {in});
}

NodeId Layers::global_mean(const std::string& name, NodeId in) {
  if (failed()) return in;
  const std::int64_t side = builder_.shape(in)[1];  // every map of ours is square
  const NodeId pooled = builder_.add(name, AveragePool{side, side}, {in});
  return failed() ? in : builder_.add(name + ".flatten", Flatten{}, {pooled});
}

NodeId Layers::flatten(const std::string& name, NodeId in) {
  return failed() ? in : builder_.add(name, Flatten{}, {in});
}

NodeId Layers::add(const std::string& name, NodeId a, NodeId b) {
  return failed() ? a : builder_.add(name, Add{}, {a, b});
}

NodeId Layers::gate(const std::string& name, NodeId in, NodeId factors) {
  return failed() ? in : builder_.add(name, ChannelGate{}, {in, factors});
}

NodeId Layers::again(const std::string& name, NodeId layer, NodeId in) {
  return failed() ? in : builder_.add_again(name, layer, in);
}

}  // namespace veilray::graph
