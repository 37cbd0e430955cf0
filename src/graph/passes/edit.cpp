#include "graph/passes/edit.h"

#include <algorithm>
#include <variant>

#include "base/error.h"

namespace veilray::graph {
namespace {

bool is_linear(const Op& op) {
  return std::holds_alternative<Conv2d>(op) || std::holds_alternative<Linear>(op);
}

/// A factor on its input (a gate: on either) becomes one on its result, and no weights of its own.
bool passes_scale_on(const Op& op) {
  return std::holds_alternative<AveragePool>(op) || std::holds_alternative<SumPool>(op) ||
         std::holds_alternative<Flatten>(op) || std::holds_alternative<ChannelGate>(op) ||
         std::holds_alternative<StackSquares>(op);
}

struct Weights {
  Tensor* weight;
  std::vector<float>* bias;
};

Weights weights_of(Node& node) {
  if (auto* conv = std::get_if<Conv2d>(&node.op)) return {&conv->weight, &conv->bias};
  if (auto* linear = std::get_if<Linear>(&node.op)) return {&linear->weight, &linear->bias};
  throw Error(ErrorCode::kInternal, "not a linear operation: " + node.name);
}

}  // namespace

std::vector<NodeId> users_of(const Graph& graph, NodeId id) {
  std::vector<NodeId> users;
  for (std::uint32_t i = 0; i < graph.nodes.size(); ++i) {
    if (std::ranges::find(graph.nodes[i].inputs, id) != graph.nodes[i].inputs.end()) {
      users.push_back(NodeId{i});
    }
  }
  return users;
}

namespace {

/// False if one of them is seen by others, or is not linear.
bool find_producers(Graph& graph, NodeId id, std::vector<Node*>& found) {
  const auto& inputs = graph.node(id).inputs;
  return std::ranges::all_of(inputs, [&](NodeId producer) {
    if (producer == graph.output || users_of(graph, producer).size() != 1) return false;
    // x + x: one node, and a change to it would count twice.
    if (std::ranges::count(inputs, producer) != 1) return false;
    Node& node = graph.nodes[producer.value];
    if (std::holds_alternative<Add>(node.op)) return find_producers(graph, producer, found);
    found.push_back(&node);
    return is_linear(node.op);
  });
}

}  // namespace

std::vector<Node*> exclusive_linear_producers(Graph& graph, NodeId id) {
  std::vector<Node*> found;
  return find_producers(graph, id, found) ? found : std::vector<Node*>{};
}

void bypass(Graph& graph, NodeId id) {
  const NodeId source = graph.node(id).inputs.at(0);
  const auto moved = [&](NodeId old) {
    if (old == id) return source;
    return old > id ? NodeId{old.value - 1} : old;
  };
  graph.nodes.erase(graph.nodes.begin() + id.value);
  for (Node& node : graph.nodes) std::ranges::transform(node.inputs, node.inputs.begin(), moved);
  graph.output = moved(graph.output);
}

bool consumers_absorb_scale(const Graph& graph, NodeId id) {
  if (id == graph.output) return false;
  return std::ranges::all_of(users_of(graph, id), [&](NodeId user) {
    const Op& op = graph.node(user).op;
    return is_linear(op) || (passes_scale_on(op) && consumers_absorb_scale(graph, user));
  });
}

void insert_before(Graph& graph, NodeId user, std::size_t input, Node node) {
  node.inputs = {graph.node(user).inputs.at(input)};
  const auto moved = [&](NodeId old) { return old < user ? old : NodeId{old.value + 1}; };
  for (Node& other : graph.nodes) std::ranges::transform(other.inputs, other.inputs.begin(), moved);
  graph.output = moved(graph.output);
  graph.nodes.insert(graph.nodes.begin() + user.value, std::move(node));
  graph.nodes[user.value + 1].inputs[input] = user;
}

namespace {

/// As if each channel of the input were factors[channel] times what it is.
void scale_inputs(Node& node, std::span<const double> factors) {
  Tensor& weight = *weights_of(node).weight;
  const auto outputs = static_cast<std::size_t>(weight.shape[0]);
  const std::size_t row = weight.data.size() / outputs;
  const auto* conv = std::get_if<Conv2d>(&node.op);
  const std::size_t groups = conv == nullptr ? 1 : static_cast<std::size_t>(conv->groups);
  const std::size_t channels = factors.size() / groups;  // of a row
  for (std::size_t i = 0; i < weight.data.size(); ++i) {
    const std::size_t first = i / row / (outputs / groups) * channels;
    const double factor = factors[first + i % row / (row / channels)];
    weight.data[i] = static_cast<float>(weight.data[i] * factor);
  }
}

void scale_consumers(Graph& graph, NodeId id, const std::vector<double>& factors) {
  for (const NodeId user : users_of(graph, id)) {
    Node& node = graph.nodes[user.value];
    if (is_linear(node.op)) {
      scale_inputs(node, factors);
    } else if (std::holds_alternative<StackSquares>(node.op)) {
      auto stacked = factors;
      for (const double factor : factors) stacked.push_back(factor * factor);
      scale_consumers(graph, user, stacked);
    } else {
      scale_consumers(graph, user, factors);
    }
  }
}

}  // namespace

void scale_consumers(Graph& graph, NodeId id, double factor) {
  const auto channels = static_cast<std::size_t>(graph.node(id).shape[0]);
  scale_consumers(graph, id, std::vector<double>(channels, factor));
}

void map_outputs(Node& linear, std::span<const double> factor, std::span<const double> offset) {
  const auto [weight, bias] = weights_of(linear);
  const auto outputs = static_cast<std::size_t>(weight->shape[0]);
  const std::size_t row = weight->data.size() / outputs;
  bias->resize(outputs, 0.0F);
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t i = o * row; i < (o + 1) * row; ++i) {
      weight->data[i] = static_cast<float>(weight->data[i] * factor[o]);
    }
    (*bias)[o] = static_cast<float>((*bias)[o] * factor[o] + offset[o]);
  }
}

void map_outputs(std::span<Node* const> summands, std::span<const double> factor,
                 std::span<const double> offset) {
  const std::vector<double> none(offset.size(), 0.0);
  for (std::size_t s = 0; s < summands.size(); ++s)
    map_outputs(*summands[s], factor, s == 0 ? offset : std::span<const double>(none));
}

void map_outputs(Node& linear, double factor, double offset) {
  const auto outputs = static_cast<std::size_t>(weights_of(linear).weight->shape[0]);
  map_outputs(linear, std::vector<double>(outputs, factor), std::vector<double>(outputs, offset));
}

void map_outputs(std::span<Node* const> summands, double factor, double offset) {
  for (std::size_t s = 0; s < summands.size(); ++s)
    map_outputs(*summands[s], factor, s == 0 ? offset : 0.0);
}

}  // namespace veilray::graph
