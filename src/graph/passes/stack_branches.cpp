#include "graph/passes/stack_branches.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "graph/passes/edit.h"
#include "graph/verify.h"

namespace veilray::graph {
namespace {

/// One of the two networks, from its end to its beginning.
struct Branch {
  NodeId last, activation, first, flatten, pool, source;
  std::optional<NodeId> square;  // between source and pool
};

template <class Kind>
bool is(const Graph& graph, NodeId id) {
  return std::holds_alternative<Kind>(graph.node(id).op);
}

bool is_scaled_square(const Op& op) {
  const auto* polynomial = std::get_if<Polynomial>(&op);
  if (polynomial == nullptr || polynomial->coefficients.size() != 3) return false;
  return polynomial->coefficients[0] == 0 && polynomial->coefficients[1] == 0;
}

NodeId input_of(const Graph& graph, NodeId id) { return graph.node(id).inputs.at(0); }

/// The branch that ends in `last`, if there is one that only its own nodes read.
std::optional<Branch> branch_to(const Graph& graph, NodeId last) {
  const auto read_once = [&](NodeId id) { return users_of(graph, id).size() == 1; };
  Branch found{};
  found.last = last;
  if (!is<Linear>(graph, last) || !read_once(last)) return std::nullopt;
  found.activation = input_of(graph, last);
  if (!is<Polynomial>(graph, found.activation) || !read_once(found.activation)) return std::nullopt;
  found.first = input_of(graph, found.activation);
  if (!is<Linear>(graph, found.first) || !read_once(found.first)) return std::nullopt;
  found.flatten = input_of(graph, found.first);
  if (!is<Flatten>(graph, found.flatten) || !read_once(found.flatten)) return std::nullopt;
  found.pool = input_of(graph, found.flatten);
  if (!is<AveragePool>(graph, found.pool) || !read_once(found.pool)) return std::nullopt;
  found.source = input_of(graph, found.pool);
  if (is_scaled_square(graph.node(found.source).op) && read_once(found.source)) {
    found.square = found.source;
    found.source = input_of(graph, found.source);
  }
  return found;
}

template <class Kind>
const Kind& op_of(const Graph& graph, NodeId id) {
  return std::get<Kind>(graph.node(id).op);
}

bool belong_together(const Graph& graph, const Branch& plain, const Branch& squared) {
  const auto& a = op_of<AveragePool>(graph, plain.pool);
  const auto& b = op_of<AveragePool>(graph, squared.pool);
  return !plain.square && squared.square && plain.source == squared.source &&
         a.kernel == b.kernel && a.stride == b.stride &&
         op_of<Polynomial>(graph, plain.activation).coefficients ==
             op_of<Polynomial>(graph, squared.activation).coefficients;
}

std::vector<float> biases(const Linear& linear) {
  return linear.bias.empty() ? std::vector<float>(static_cast<std::size_t>(linear.weight.shape[0]))
                             : linear.bias;
}

/// [a, 0; 0, factor b].
Linear side_by_side(const Linear& a, const Linear& b, double factor) {
  const auto rows_a = a.weight.shape[0], columns_a = a.weight.shape[1];
  const auto rows_b = b.weight.shape[0], columns_b = b.weight.shape[1];
  Linear both{Tensor::zeros({rows_a + rows_b, columns_a + columns_b}), biases(a)};
  const auto columns = columns_a + columns_b;
  for (std::int64_t row = 0; row < rows_a; ++row)
    std::copy_n(a.weight.data.begin() + row * columns_a, columns_a,
                both.weight.data.begin() + row * columns);
  for (std::int64_t row = 0; row < rows_b; ++row)
    std::transform(b.weight.data.begin() + row * columns_b,
                   b.weight.data.begin() + (row + 1) * columns_b,
                   both.weight.data.begin() + (rows_a + row) * columns + columns_a,
                   [&](float w) { return static_cast<float>(w * factor); });
  const auto bias_b = biases(b);
  both.bias.insert(both.bias.end(), bias_b.begin(), bias_b.end());
  return both;
}

/// [a b], the sum of both results.
Linear added(const Linear& a, const Linear& b) {
  const auto rows = a.weight.shape[0], columns_a = a.weight.shape[1], columns_b = b.weight.shape[1];
  Linear sum{{{rows, columns_a + columns_b}, {}}, biases(a)};
  for (std::int64_t row = 0; row < rows; ++row) {
    for (const auto& [part, columns] : {std::pair{&a, columns_a}, {&b, columns_b}}) {
      const auto begin = part->weight.data.begin() + row * columns;
      sum.weight.data.insert(sum.weight.data.end(), begin, begin + columns);
    }
  }
  const auto bias_b = biases(b);
  std::transform(sum.bias.begin(), sum.bias.end(), bias_b.begin(), sum.bias.begin(), std::plus{});
  return sum;
}

/// The nodes of `squared` do the work of both; those of `plain`, and the sum, go.
void merge(Graph& graph, NodeId sum, const Branch& plain, const Branch& squared) {
  const auto set = [&](NodeId id, Op op) { graph.nodes[id.value].op = std::move(op); };
  const double alpha = op_of<Polynomial>(graph, *squared.square).coefficients[2];
  set(squared.first,
      side_by_side(op_of<Linear>(graph, plain.first), op_of<Linear>(graph, squared.first), alpha));
  set(squared.last, added(op_of<Linear>(graph, plain.last), op_of<Linear>(graph, squared.last)));
  set(*squared.square, StackSquares{});
  for (const NodeId id : {*squared.square, squared.pool, squared.flatten, squared.first,
                          squared.activation, squared.last}) {
    Node& node = graph.nodes[id.value];
    node.shape = infer_shape(node.op, {graph.node(node.inputs.at(0)).shape}).value();
  }
  graph.nodes[sum.value].inputs = {squared.last};
  std::vector<NodeId> gone{sum,         plain.last,    plain.activation,
                           plain.first, plain.flatten, plain.pool};
  std::ranges::sort(gone, std::greater{});
  for (const NodeId id : gone) bypass(graph, id);
}

/// True if the node was such a sum.
bool merge_at(Graph& graph, NodeId id) {
  if (!is<Add>(graph, id)) return false;
  const auto& inputs = graph.node(id).inputs;
  const auto a = branch_to(graph, inputs.at(0)), b = branch_to(graph, inputs.at(1));
  if (!a || !b) return false;
  if (belong_together(graph, *a, *b)) {
    merge(graph, id, *a, *b);
  } else if (belong_together(graph, *b, *a)) {
    merge(graph, id, *b, *a);
  } else {
    return false;
  }
  return true;
}

}  // namespace

Graph stack_branches(Graph graph) {
  for (std::uint32_t i = 1; i < graph.nodes.size(); ++i) {
    if (merge_at(graph, NodeId{i})) i = 0;  // nodes have moved
  }
  return graph;
}

}  // namespace veilray::graph
