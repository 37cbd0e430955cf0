#pragma once
// One ONNX node with what it reads.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/onnx/net.h"

namespace veilray::graph::onnx {

class Call {
 public:
  /// `inputs`: null for one that is left out. All outlive the call.
  Call(const OnnxNode& node, std::vector<const Value*> inputs, Net& net)
      : node_(node), inputs_(std::move(inputs)), net_(net) {}

  const std::string& type() const { return node_.type; }
  const std::string& name() const { return node_.name; }
  Net& net() const { return net_; }

  std::size_t inputs() const { return inputs_.size(); }
  bool has(std::size_t i) const { return i < inputs_.size() && inputs_[i] != nullptr; }
  /// Fails with kMalformed if it is left out.
  Result<const Value*> value(std::size_t i) const;
  /// Null if it is left out or no constant.
  const Constant* constant_or_null(std::size_t i) const;
  const Signal* signal_or_null(std::size_t i) const;
  /// Fails with kUnsupported if it depends on the network's input.
  Result<const Constant*> constant(std::size_t i) const;
  /// As constant(); nothing if it is left out.
  Result<std::vector<float>> floats(std::size_t i) const;
  Result<std::vector<std::int64_t>> integers(std::size_t i) const;
  /// With its padding as values; fails with kUnsupported for a constant or an expanded tensor.
  Result<Signal> signal(std::size_t i) const;
  /// As signal(), but the padding left to the caller.
  Result<Signal> padded_signal(std::size_t i) const;

  /// Whether the node names an output of that index.
  bool gives(std::size_t i) const { return i < node_.outputs.size() && !node_.outputs[i].empty(); }

  bool has_attribute(const std::string& name) const { return node_.attributes.contains(name); }
  /// The attribute, or `otherwise` where there is none. One of another type is told by status().
  template <class T>
  T attribute(const std::string& name, T otherwise) {
    const auto found = node_.attributes.find(name);
    if (found == node_.attributes.end()) return otherwise;
    if (const T* value = std::get_if<T>(&found->second)) return *value;
    status_ = Failure{ErrorCode::kMalformed, "attribute " + readable(name) + " is of another type",
                      "", "export the network again"};
    return otherwise;
  }
  std::int64_t integer(const std::string& name, std::int64_t otherwise) {
    return attribute<std::int64_t>(name, otherwise);
  }
  /// The first misfit so far.
  const Status& status() const { return status_; }

 private:
  const OnnxNode& node_;
  std::vector<const Value*> inputs_;
  Net& net_;
  Status status_ = Done{};
};

/// Values of a weight that is made here and not read from the file.
inline constexpr std::int64_t kMaxWeight = std::int64_t{1} << 22;
/// Of a constant list that is made here and not read from the file: shapes are short.
inline constexpr std::size_t kMaxList = std::size_t{1} << 16;

using Operator = Result<Value> (*)(Call&);

/// Null for what is not known.
Operator find_operator(const std::string& type);

/// Why there is no such operator, and what could be done instead.
Failure refusal_of(const std::string& type);

/// With its axes in another order: the new first one is the old order[0], and so on.
Constant permuted(const Constant& constant, const std::vector<std::int64_t>& order);

/// A constant of one value as often as `shape` says. Fails if that is longer than kMaxList.
Result<Value> filled(const Constant& one, const Shape& shape);

/// The shape that NumPy's rules give, if they fit.
std::optional<Shape> broadcast(const Shape& a, const Shape& b);

/// Each channel of a map, or entry of a vector, times its factor plus its offset; both lists are of
/// one entry or as many as there are channels.
Result<Value> per_channel_affine(Call& call, const Signal& signal, std::vector<double> factor,
                                 std::vector<double> offset);

// The operators, by file. shaping.cpp:
Result<Value> identity_of(Call& call);
Result<Value> dropout(Call& call);
Result<Value> cast(Call& call);
Result<Value> reshape(Call& call);
Result<Value> flatten(Call& call);
Result<Value> squeeze(Call& call);
Result<Value> unsqueeze(Call& call);
Result<Value> transpose(Call& call);
Result<Value> expand(Call& call);
// constants.cpp:
Result<Value> constant_of(Call& call);
Result<Value> constant_of_shape(Call& call);
Result<Value> shape_of(Call& call);
Result<Value> gather(Call& call);
Result<Value> slice(Call& call);
// arithmetic.cpp:
Result<Value> add(Call& call);
Result<Value> subtract(Call& call);
Result<Value> multiply(Call& call);
Result<Value> divide(Call& call);
Result<Value> power(Call& call);
Result<Value> negative(Call& call);
// maps.cpp:
Result<Value> convolution(Call& call);
Result<Value> pad(Call& call);
Result<Value> batch_normalization(Call& call);
// means.cpp:
Result<Value> average_pool(Call& call);
Result<Value> global_average_pool(Call& call);
Result<Value> reduce_mean(Call& call);
// activations.cpp:
Result<Value> relu(Call& call);
Result<Value> leaky_relu(Call& call);
Result<Value> p_relu(Call& call);
Result<Value> elu(Call& call);
Result<Value> selu(Call& call);
Result<Value> celu(Call& call);
Result<Value> clip(Call& call);
Result<Value> sigmoid(Call& call);
Result<Value> tanh(Call& call);
Result<Value> erf(Call& call);
Result<Value> softplus(Call& call);
Result<Value> hard_sigmoid(Call& call);
Result<Value> hard_swish(Call& call);
// dense.cpp:
Result<Value> gemm(Call& call);
Result<Value> matmul(Call& call);
Result<Value> concat(Call& call);

}  // namespace veilray::graph::onnx
