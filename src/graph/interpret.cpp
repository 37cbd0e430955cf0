#include "graph/interpret.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "base/error.h"
#include "graph/activation.h"
#include "graph/convolve.h"
#include "graph/horner.h"
#include "graph/index.h"

namespace veilray::graph {
namespace {

/// Values of one channel of [c, h, w].
std::span<const float> channel(const Tensor& tensor, std::size_t c) {
  const std::size_t area = at(tensor.shape[1] * tensor.shape[2]);
  return std::span(tensor.data).subspan(c * area, area);
}

Tensor batch_norm(const BatchNorm& norm, const Tensor& in) {
  Tensor out{in.shape, {}};
  out.data.reserve(in.data.size());
  for (std::size_t c = 0; c < norm.weight.size(); ++c) {
    const double factor = norm.weight[c] / std::sqrt(norm.variance[c] + norm.epsilon);
    for (const float x : channel(in, c)) {
      out.data.push_back(static_cast<float>((x - double{norm.mean[c]}) * factor + norm.bias[c]));
    }
  }
  return out;
}

Tensor polynomial(const Polynomial& op, const Tensor& in) {
  Tensor out = in;
  for (float& value : out.data)
    value = static_cast<float>(polynomial_at(op.coefficients, double{value}));
  return out;
}

Tensor activated(const Activation& op, const Tensor& in) {
  Tensor out = in;
  for (float& value : out.data) value = static_cast<float>(value_at(op, double{value}));
  return out;
}

Tensor pool(const Tensor& in, const Shape& shape, std::int64_t kernel, std::int64_t stride,
            double factor) {
  Tensor out{shape, {}};
  out.data.reserve(tensor::element_count(shape));
  for (std::int64_t c = 0; c < shape[0]; ++c) {
    const auto values = channel(in, at(c));
    for (std::int64_t y = 0; y < shape[1]; ++y) {
      for (std::int64_t x = 0; x < shape[2]; ++x) {
        double sum = 0;
        for (std::int64_t dy = 0; dy < kernel; ++dy) {
          const std::int64_t row = (y * stride + dy) * in.shape[2] + x * stride;
          for (std::int64_t dx = 0; dx < kernel; ++dx) sum += values[at(row + dx)];
        }
        out.data.push_back(static_cast<float>(sum * factor));
      }
    }
  }
  return out;
}

Tensor linear(const Linear& op, const Tensor& in) {
  const std::size_t columns = in.data.size();
  Tensor out = Tensor::zeros({op.weight.shape[0]});
  for (std::size_t o = 0; o < out.data.size(); ++o) {
    double sum = op.bias.empty() ? 0 : op.bias[o];
    const float* row = &op.weight.data[o * columns];
    for (std::size_t i = 0; i < columns; ++i) sum += double{row[i]} * in.data[i];
    out.data[o] = static_cast<float>(sum);
  }
  return out;
}

Tensor add(const Tensor& a, const Tensor& b) {
  Tensor out = a;
  for (std::size_t i = 0; i < out.data.size(); ++i) out.data[i] += b.data[i];
  return out;
}

Tensor gate(const Tensor& in, const Tensor& factors) {
  Tensor out{in.shape, {}};
  out.data.reserve(in.data.size());
  for (std::size_t c = 0; c < factors.data.size(); ++c) {
    for (const float x : channel(in, c)) out.data.push_back(x * factors.data[c]);
  }
  return out;
}

Tensor stack_squares(const Tensor& in, const Shape& shape) {
  Tensor out{shape, in.data};
  for (const float x : in.data) out.data.push_back(x * x);
  return out;
}

struct Evaluation {
  const Node& node;
  const std::vector<const Tensor*>& inputs;
  const Tensor& in = *inputs.at(0);

  Tensor operator()(const Input&) const { return in; }
  Tensor operator()(const Conv2d& op) const { return convolve(op, in, node.shape); }
  Tensor operator()(const BatchNorm& op) const { return batch_norm(op, in); }
  Tensor operator()(const Polynomial& op) const { return polynomial(op, in); }
  Tensor operator()(const Activation& op) const { return activated(op, in); }
  Tensor operator()(const AveragePool& op) const {
    const double area = static_cast<double>(op.kernel) * static_cast<double>(op.kernel);
    return pool(in, node.shape, op.kernel, op.stride, 1 / area);
  }
  Tensor operator()(const SumPool& op) const {
    return pool(in, node.shape, op.kernel, op.stride, 1);
  }
  Tensor operator()(const Flatten&) const { return {node.shape, in.data}; }
  Tensor operator()(const Linear& op) const { return linear(op, in); }
  Tensor operator()(const Add&) const { return add(in, *inputs.at(1)); }
  Tensor operator()(const StackSquares&) const { return stack_squares(in, node.shape); }
  Tensor operator()(const ChannelGate&) const { return gate(in, *inputs.at(1)); }
};

}  // namespace

Tensor evaluate(const Node& node, const std::vector<const Tensor*>& inputs) {
  return std::visit(Evaluation{node, inputs}, node.op);
}

std::vector<Tensor> run_all(const Graph& graph, const Tensor& input) {
  if (input.shape != graph.input_shape() ||
      input.data.size() != tensor::element_count(input.shape)) {
    throw Error(ErrorCode::kInvalidArgument, "the input's shape is not the network's");
  }
  std::vector<Tensor> values{input};
  values.reserve(graph.nodes.size());
  for (std::size_t i = 1; i < graph.nodes.size(); ++i) {
    std::vector<const Tensor*> inputs;
    for (const NodeId id : graph.nodes[i].inputs) inputs.push_back(&values.at(id.value));
    values.push_back(evaluate(graph.nodes[i], inputs));
  }
  return values;
}

Tensor run(const Graph& graph, const Tensor& input) {
  return std::move(run_all(graph, input).at(graph.output.value));
}

}  // namespace veilray::graph
