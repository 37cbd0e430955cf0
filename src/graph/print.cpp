#include "graph/print.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace veilray::graph {
namespace {

const char* bias_text(const std::vector<float>& bias) { return bias.empty() ? "" : " bias"; }

struct Attributes {
  std::string operator()(const Conv2d& op) const {
    std::string text = fmt::format(" {}", fmt::join(op.weight.shape, "x"));
    if (op.groups != 1) text += fmt::format(" groups {}", op.groups);
    if (op.stride != 1) text += fmt::format(" stride {}", op.stride);
    if (op.padding != std::array<std::int64_t, 4>{}) {
      text += fmt::format(" padding {}", fmt::join(op.padding, ","));
    }
    if (!op.row_factors.empty()) text += " row factors";
    if (!op.column_factors.empty()) text += " column factors";
    return text + bias_text(op.bias);
  }
  std::string operator()(const Linear& op) const {
    return fmt::format(" {}{}", fmt::join(op.weight.shape, "x"), bias_text(op.bias));
  }
  std::string operator()(const BatchNorm& op) const { return fmt::format(" eps {:g}", op.epsilon); }
  std::string operator()(const Polynomial& op) const {
    std::string text;
    for (std::size_t i = op.coefficients.size(); i-- > 0;) {
      text += fmt::format(" {:+.6g}", op.coefficients[i]);
      if (i > 0) text += i == 1 ? " x" : fmt::format(" x^{}", i);
    }
    return text;
  }
  std::string operator()(const AveragePool& op) const { return pool(op.kernel, op.stride); }
  std::string operator()(const SumPool& op) const { return pool(op.kernel, op.stride); }
  template <class Plain>
  std::string operator()(const Plain&) const {
    return "";
  }

 private:
  static std::string pool(std::int64_t kernel, std::int64_t stride) {
    return fmt::format(" {} stride {}", kernel, stride);
  }
};

std::string line_of(const Graph& graph, const Node& node) {
  std::string inputs;
  for (const NodeId input : node.inputs) {
    inputs += (inputs.empty() ? "" : ", ") + graph.node(input).name;
  }
  return fmt::format("{} = {}({}){} : [{}]\n", node.name, op_name(node.op), inputs,
                     std::visit(Attributes{}, node.op), fmt::join(node.shape, ", "));
}

}  // namespace

std::string to_text(const Graph& graph) {
  std::string text = fmt::format("graph {}\n", graph.name);
  for (const Node& node : graph.nodes) text += line_of(graph, node);
  return text + fmt::format("return {}\n", graph.node(graph.output).name);
}

}  // namespace veilray::graph
