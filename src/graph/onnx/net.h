#pragma once
// The graph while it grows, and what the tensors of an ONNX network stand for meanwhile.
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "graph/graph.h"
#include "graph/onnx/model.h"
#include "graph/onnx/polynomial.h"

namespace veilray::graph::onnx {

using Padding = std::array<std::int64_t, 4>;  // top, left, bottom, right

/// Index of a base: a value that polynomials are written in.
using BaseId = std::size_t;

/// A tensor that depends on the network's input: a polynomial in a base, in another shape perhaps.
/// Nodes are added only when something other than a polynomial or a change of shape reads it.
struct Signal {
  BaseId base = 0;
  Coefficients polynomial = identity();
  /// As ONNX sees it, batch included. The values are the base's, in the same order.
  Shape shape;
  /// What Expand made of it: read by Mul only.
  std::optional<Shape> expanded = {};
  /// Zeros around the last two axes, which `shape` does not count: read by Conv and AveragePool.
  Padding padding{};
  /// Nobody else reads the node that made it.
  bool exclusive = false;
  std::string name = {};  // of the ONNX node that it comes from

  /// What whoever reads it sees.
  Shape seen_shape() const;
  bool is_padded() const { return padding != Padding{}; }
};

using Value = std::variant<Constant, Signal>;

class Net {
 public:
  /// `input`: [1, c, h, w].
  Net(std::string name, const Shape& input);

  Signal input() const;
  /// A node's value as a tensor of `shape`, which nobody has read yet.
  Result<Signal> add(const std::string& name, Op op, std::vector<NodeId> inputs, Shape shape);
  /// As add(), of the shape of the node's result with a batch of 1 before it.
  Result<Signal> add(const std::string& name, Op op, std::vector<NodeId> inputs);

  /// The node of its values. Throws: Error{kInternal} if it is padded or expanded.
  Result<NodeId> node_of(const Signal& signal);
  /// As node_of(), [c, h, w]. Fails with kUnsupported if the values are no map of that shape.
  Result<NodeId> map_of(const Signal& signal);
  /// As node_of(), [n].
  Result<NodeId> vector_of(const Signal& signal);
  const Shape& shape(NodeId id) const { return graph_.node(id).shape; }
  const Node& node(NodeId id) const { return graph_.node(id); }
  /// Of the values, [c, h, w] or [n], before a node is added for the polynomial.
  Result<Shape> shape_of(const Signal& signal) const;
  /// Its padding as values of their own: a convolution that does nothing else.
  Result<Signal> settled(const Signal& signal);

  /// The polynomial as a base of its own, so that what is made of it stays simple. It gets a node
  /// only if it is read as it is.
  Signal pinned(Signal signal);
  /// Both as polynomials in one base, if they are of one, and of degree kMaxDegree at most.
  std::optional<std::pair<Signal, Signal>> in_one_base(const Signal& a, const Signal& b) const;
  static constexpr std::size_t kMaxDegree = 7;
  /// Whether it is a polynomial of an activation that has no other polynomials yet.
  bool is_activation(const Signal& signal) const { return bases_[signal.base].activation(); }
  /// `function` of a signal, whose polynomial becomes the inner one of `function`'s: a base of its
  /// own, which gets a node only if it is read.
  Signal activated(const std::string& name, Signal signal, Activation function);
  /// The product of `factor` and an activation of the same base, as a new activation; nothing if
  /// they are none, or of too high a degree.
  std::optional<Signal> gated(const Signal& factor, const Signal& activation);

  /// Each value times its entry of `factor`, plus its entry of `offset`: moved into the Linear that
  /// made it. False if there is none, or others read it.
  bool map_linear(const Signal& signal, std::span<const double> factor,
                  std::span<const double> offset);

  /// What grew so far, ending in `output`, without what does not lead there, verified.
  Result<Graph> finish(NodeId output) &&;
  const Graph& so_far() const { return graph_; }

 private:
  struct Base {
    std::optional<NodeId> node;
    BaseId parent = 0;  // without a node of its own at first: what follows, of another base
    std::variant<std::monostate, Coefficients, Activation> of_parent;
    std::string name;

    const Coefficients* polynomial() const { return std::get_if<Coefficients>(&of_parent); }
    const Activation* activation() const { return std::get_if<Activation>(&of_parent); }
  };

  Result<NodeId> node_of_base(BaseId base);
  /// `signal` in the base that its own is a polynomial of, if it is one.
  std::optional<Signal> raised(const Signal& signal) const;
  Result<NodeId> apply(const std::string& name, BaseId base, const Coefficients& polynomial);
  Result<NodeId> add_node(const std::string& name, Op op, std::vector<NodeId> inputs);
  std::string unique(const std::string& name);

  Graph graph_;
  std::vector<Base> bases_;
  std::map<std::pair<BaseId, Coefficients>, NodeId> applied_;
  std::map<NodeId, NodeId> flat_;
  std::map<std::string, int> names_;
  std::size_t elements_ = 0;  // of all weights
};

}  // namespace veilray::graph::onnx
