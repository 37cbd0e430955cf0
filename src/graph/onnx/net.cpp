#include "graph/onnx/net.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "graph/activation.h"
#include "graph/onnx/refusal.h"
#include "graph/onnx/tidy.h"
#include "graph/passes/edit.h"
#include "graph/verify.h"

namespace veilray::graph::onnx {
namespace {

Shape batched(const Shape& shape) {
  Shape out{1};
  out.insert(out.end(), shape.begin(), shape.end());
  return out;
}

/// No network of ours comes near; a small file may name its weights, or map, often.
constexpr std::size_t kMostNodes = 4096, kMostWeights = kMaxValues;

std::size_t elements_of(const Op& op) {
  if (const auto* conv = std::get_if<Conv2d>(&op)) return conv->weight.data.size();
  if (const auto* linear = std::get_if<Linear>(&op)) return linear->weight.data.size();
  return 0;
}

bool is_low(const Activation& activation) {
  const auto low = [](const Coefficients& p) { return degree(p) <= Net::kMaxDegree; };
  return low(activation.outer) && low(activation.factor);
}

/// `outer` of the activation, as an activation; nothing if it is none, or of too high a degree.
std::optional<Activation> of_activation(const Coefficients& outer, Activation activation) {
  if (activation.factor.size() > 1) {
    if (degree(outer) != 1) return std::nullopt;
    return graph::affine(std::move(activation), outer[1], outer[0]);
  }
  activation.outer =
      composed(outer, affine(activation.outer, activation.factor[0], activation.offset));
  activation.factor = {1};
  activation.offset = 0;
  return is_low(activation) ? std::optional(std::move(activation)) : std::nullopt;
}

/// As of_activation(), times `factor` of the activation's input.
std::optional<Activation> product_of(const Coefficients& factor, const Coefficients& outer,
                                     const Activation& activation) {
  auto made = of_activation(outer, activation);
  if (!made || made->offset != 0) return std::nullopt;
  made->factor = product(made->factor, factor);
  return is_low(*made) ? made : std::nullopt;
}

}  // namespace

Shape Signal::seen_shape() const {
  Shape seen = expanded ? *expanded : shape;
  if (is_padded()) {
    seen[seen.size() - 2] += padding[0] + padding[2];
    seen[seen.size() - 1] += padding[1] + padding[3];
  }
  return seen;
}

Net::Net(std::string name, const Shape& input) {
  graph_.name = std::move(name);
  graph_.nodes.push_back({"input", Input{}, {}, Shape(input.begin() + 1, input.end())});
  names_["input"] = 1;
  bases_.push_back({NodeId{0}, 0, {}, "input"});
}

Signal Net::input() const {
  return {.base = 0, .shape = batched(graph_.nodes.front().shape), .name = "input"};
}

std::string Net::unique(const std::string& name) {
  for (;;) {
    const int before = names_[name]++;
    if (before == 0) return name;
    const std::string numbered = fmt::format("{}_{}", name, before + 1);
    if (names_[numbered]++ == 0) return numbered;
  }
}

Result<NodeId> Net::add_node(const std::string& name, Op op, std::vector<NodeId> inputs) {
  std::vector<Shape> shapes;
  for (const NodeId input : inputs) shapes.push_back(shape(input));
  VEILRAY_TRY(result, infer_shape(op, shapes));
  elements_ += elements_of(op);
  if (graph_.nodes.size() >= kMostNodes || elements_ > kMostWeights)
    return unsupported("the network is too large", "4096 operations and 2^26 weights are the most");
  graph_.nodes.push_back({unique(name), std::move(op), std::move(inputs), std::move(result)});
  return NodeId{static_cast<std::uint32_t>(graph_.nodes.size() - 1)};
}

Result<Signal> Net::add(const std::string& name, Op op, std::vector<NodeId> inputs, Shape shape) {
  VEILRAY_TRY(id, add_node(name, std::move(op), std::move(inputs)));
  bases_.push_back({id, 0, {}, name});
  return Signal{
      .base = bases_.size() - 1, .shape = std::move(shape), .exclusive = true, .name = name};
}

Result<Signal> Net::add(const std::string& name, Op op, std::vector<NodeId> inputs) {
  VEILRAY_TRY(signal, add(name, std::move(op), std::move(inputs), {}));
  signal.shape = batched(shape(*bases_[signal.base].node));
  return signal;
}

Result<NodeId> Net::node_of_base(BaseId id) {
  std::vector<BaseId> missing;  // no recursion: a file can make the chain as long as it is itself
  for (BaseId at = id; !bases_[at].node; at = bases_[at].parent) missing.push_back(at);
  for (; !missing.empty(); missing.pop_back()) {
    Base& base = bases_[missing.back()];
    VEILRAY_TRY(node, base.activation()
                          ? add_node(base.name, *base.activation(), {*bases_[base.parent].node})
                          : apply(base.name, base.parent, *base.polynomial()));
    base.node = node;
  }
  return NodeId(*bases_[id].node);
}

Result<NodeId> Net::apply(const std::string& name, BaseId base, const Coefficients& polynomial) {
  if (is_identity(polynomial)) return node_of_base(base);
  const auto found = applied_.find({base, polynomial});
  if (found != applied_.end()) return NodeId(found->second);
  std::optional<Activation> whole;
  if (const auto* inner = bases_[base].activation()) whole = of_activation(polynomial, *inner);
  VEILRAY_TRY(node, node_of_base(whole ? bases_[base].parent : base));
  VEILRAY_TRY(added,
              add_node(name, whole ? Op(*std::move(whole)) : Op(Polynomial{polynomial}), {node}));
  applied_[{base, polynomial}] = added;
  return added;
}

Result<NodeId> Net::node_of(const Signal& signal) {
  if (signal.is_padded() || signal.expanded)
    throw Error(ErrorCode::kInternal, "a tensor is read that is not there yet: " + signal.name);
  return apply(signal.name, signal.base, signal.polynomial);
}

Result<Shape> Net::shape_of(const Signal& signal) const {
  BaseId at = signal.base;
  while (!bases_[at].node) at = bases_[at].parent;  // element by element: of the same shape
  return Shape(shape(*bases_[at].node));
}

Result<NodeId> Net::map_of(const Signal& signal) {
  VEILRAY_TRY(is, shape_of(signal));
  if (is.size() != 3 || signal.shape != batched(is))
    return unsupported(
        fmt::format("it reads [{}], which are no channels of a map", fmt::join(signal.shape, ", ")),
        "keep [1, c, h, w] from the input to the dense layers");
  return node_of(signal);
}

Result<NodeId> Net::vector_of(const Signal& signal) {
  VEILRAY_TRY(node, node_of(signal));
  if (shape(node).size() == 1) return node;
  const auto found = flat_.find(node);
  if (found != flat_.end()) return NodeId(found->second);
  VEILRAY_TRY(flat, add_node(this->node(node).name + ".flatten", Flatten{}, {node}));
  flat_[node] = flat;
  return flat;
}

Result<Signal> Net::settled(const Signal& signal) {
  if (!signal.is_padded()) return signal;
  Signal inner = signal;
  inner.padding = {};
  VEILRAY_TRY(map, map_of(inner));
  const std::int64_t channels = shape(map)[0];
  Conv2d same{
      .weight = {{channels, 1, 1, 1}, std::vector<float>(static_cast<std::size_t>(channels), 1.0F)},
      .groups = channels,
      .padding = signal.padding};
  return add(signal.name, std::move(same), {map});
}

Signal Net::pinned(Signal signal) {
  bases_.push_back({std::nullopt, signal.base, signal.polynomial, signal.name});
  signal.base = bases_.size() - 1;
  signal.polynomial = identity();
  return signal;
}

std::optional<Signal> Net::raised(const Signal& signal) const {
  const Base& base = bases_[signal.base];
  const std::size_t before = degree(signal.polynomial);  // 0 would climb without end
  const Coefficients* of_parent = base.polynomial();
  if (of_parent == nullptr || before == 0 || before * degree(*of_parent) > kMaxDegree)
    return std::nullopt;
  Signal out = signal;
  out.base = base.parent;
  out.polynomial = composed(signal.polynomial, *of_parent);
  return out;
}

std::optional<std::pair<Signal, Signal>> Net::in_one_base(const Signal& a, const Signal& b) const {
  for (std::optional<Signal> x = a; x; x = raised(*x))
    for (std::optional<Signal> y = b; y; y = raised(*y))
      if (x->base == y->base) return std::pair(*x, *y);
  return std::nullopt;
}

Signal Net::activated(const std::string& name, Signal signal, Activation function) {
  if (degree(signal.polynomial) * degree(function.inner) > kMaxDegree)
    signal = pinned(std::move(signal));
  function.inner = composed(function.inner, signal.polynomial);
  bases_.push_back({std::nullopt, signal.base, std::move(function), name});
  signal.base = bases_.size() - 1;
  signal.polynomial = identity();
  signal.name = name;
  return signal;
}

std::optional<Signal> Net::gated(const Signal& factor, const Signal& activation) {
  std::optional<Signal> gate = activation;
  while (gate && !bases_[gate->base].activation()) gate = raised(*gate);
  if (!gate) return std::nullopt;
  const BaseId parent = bases_[gate->base].parent;
  std::optional<Signal> x = factor;
  while (x && x->base != parent) x = raised(*x);
  if (!x) return std::nullopt;
  const auto made = product_of(x->polynomial, gate->polynomial, *bases_[gate->base].activation());
  if (!made) return std::nullopt;
  bases_.push_back({std::nullopt, parent, *made, activation.name});
  gate->base = bases_.size() - 1;
  gate->polynomial = identity();
  return gate;
}

bool Net::map_linear(const Signal& signal, std::span<const double> factor,
                     std::span<const double> offset) {
  const auto& node = bases_[signal.base].node;
  if (!signal.exclusive || !is_identity(signal.polynomial) || !node) return false;
  if (!std::holds_alternative<Linear>(graph_.node(*node).op)) return false;
  if (!users_of(graph_, *node).empty()) return false;
  map_outputs(graph_.nodes[node->value], factor, offset);
  return true;
}

Result<Graph> Net::finish(NodeId output) && {
  graph_.output = output;
  Graph graph = tidied(std::move(graph_));
  VEILRAY_CHECK_OK(verify(graph));
  return graph;
}

}  // namespace veilray::graph::onnx
