#pragma once
// For tests: ONNX files out of nodes, and out of graphs in varied spellings.
#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

#include "base/file.h"
#include "graph/graphs_testing.h"
#include "graph/onnx/import.h"

namespace veilray::graph::onnx {

/// An ONNX file while it grows; tensors are named by what node() and constant() give.
class OnnxFile {
 public:
  /// Takes "x", [1, c, h, w].
  explicit OnnxFile(const Shape& input, std::int64_t opset = 13) {
    proto.set_ir_version(7);
    proto.add_opset_import()->set_version(opset);
    proto.mutable_graph()->set_name("tested");
    auto* x = proto.mutable_graph()->add_input();
    x->set_name("x");
    auto* type = x->mutable_type()->mutable_tensor_type();
    type->set_elem_type(::onnx::TensorProto::FLOAT);
    type->mutable_shape()->add_dim()->set_dim_value(1);
    for (const auto extent : input) type->mutable_shape()->add_dim()->set_dim_value(extent);
  }

  ::onnx::NodeProto& raw(const std::string& type, const std::vector<std::string>& inputs) {
    auto* node = proto.mutable_graph()->add_node();
    node->set_op_type(type);
    node->set_name(type + "_" + std::to_string(count_++));
    for (const auto& input : inputs) node->add_input(input);
    node->add_output("t" + std::to_string(count_));
    return *node;
  }
  using Ints = std::vector<std::int64_t>;
  /// The node's output. Attributes are lists, or single integers.
  std::string node(const std::string& type, const std::vector<std::string>& inputs,
                   const std::vector<std::pair<std::string, Ints>>& lists = {},
                   const std::vector<std::pair<std::string, std::int64_t>>& numbers = {}) {
    auto& made = raw(type, inputs);
    for (const auto& [name, values] : lists) {
      auto* attribute = made.add_attribute();
      attribute->set_name(name);
      attribute->set_type(::onnx::AttributeProto::INTS);
      for (const auto value : values) attribute->add_ints(value);
    }
    for (const auto& [name, value] : numbers) {
      auto* attribute = made.add_attribute();
      attribute->set_name(name);
      attribute->set_type(::onnx::AttributeProto::INT);
      attribute->set_i(value);
    }
    return made.output(0);
  }
  std::string constant(const Tensor& tensor) {
    auto* made = initializer(::onnx::TensorProto::FLOAT, tensor.shape);
    const auto* bytes = reinterpret_cast<const char*>(tensor.data.data());
    made->set_raw_data(std::string(bytes, tensor.data.size() * sizeof(float)));
    return made->name();
  }
  std::string constant(const std::vector<float>& values) {
    return constant(Tensor{{static_cast<std::int64_t>(values.size())}, values});
  }
  std::string number(double value) { return constant(Tensor{{}, {static_cast<float>(value)}}); }
  std::string integers(const Ints& values) {
    auto* made =
        initializer(::onnx::TensorProto::INT64, {static_cast<std::int64_t>(values.size())});
    for (const auto value : values) made->add_int64_data(value);
    return made->name();
  }
  ::onnx::TensorProto* initializer(int type, const Shape& shape) {
    auto* made = proto.mutable_graph()->add_initializer();
    made->set_name("c" + std::to_string(count_++));
    made->set_data_type(type);
    for (const auto extent : shape) made->add_dims(extent);
    return made;
  }

  /// The file's bytes with that output, or the last node's.
  std::string bytes(const std::string& output = "") const {
    auto whole = proto;
    auto* graph = whole.mutable_graph();
    if (graph->output_size() == 0) {
      const int last = graph->node_size() - 1;
      const bool named = !output.empty() || last < 0;
      graph->add_output()->set_name(named ? output : graph->node(last).output(0));
    }
    return whole.SerializeAsString();
  }
  Result<Graph> import(const std::string& output = "") const {
    const std::string text = bytes(output);
    return onnx::import(as_bytes(text));
  }

  ::onnx::ModelProto proto;

 private:
  int count_ = 0;
};

/// Writes a graph, choosing among the spellings that exporters have.
class GraphWriter {
 public:
  GraphWriter(const Graph& graph, testing_graphs::Draw& draw)
      : graph_(graph), draw_(draw), file_(graph.input_shape(), 13 + draw.below(5)) {}

  OnnxFile write() && {
    for (const Node& node : graph_.nodes) {
      node_ = &node;
      names_.push_back(std::visit([this](const auto& op) { return put(op); }, node.op));
    }
    file_.proto.mutable_graph()->add_output()->set_name(names_.at(graph_.output.value));
    return std::move(file_);
  }

 private:
  using Ints = OnnxFile::Ints;
  std::string in(std::size_t i = 0) const { return names_.at(node_->inputs.at(i).value); }

  std::string put(const Input&) { return "x"; }
  std::string put(const Conv2d& op) {
    std::vector<std::string> inputs{in(), file_.constant(op.weight)};
    if (!op.bias.empty()) inputs.push_back(file_.constant(op.bias));
    const auto [top, left, bottom, right] = op.padding;
    const bool apart = draw_.coin();  // the padding as a node of its own
    if (apart)
      inputs[0] =
          file_.node("Pad", {inputs[0], file_.integers({0, 0, top, left, 0, 0, bottom, right})});
    return file_.node("Conv", inputs,
                      {{"strides", {op.stride, op.stride}},
                       {"pads", apart ? Ints{0, 0, 0, 0} : Ints{top, left, bottom, right}}},
                      {{"group", op.groups}});
  }
  std::string put(const BatchNorm& op) {
    const auto name =
        file_.raw("BatchNormalization", {in(), file_.constant(op.weight), file_.constant(op.bias),
                                         file_.constant(op.mean), file_.constant(op.variance)});
    return name.output(0);
  }
  std::string put(const Polynomial& op) {
    const auto& c = op.coefficients;
    const auto times = [&](const std::string& a, const std::string& b) {
      return draw_.coin() ? file_.node("Mul", {a, b}) : file_.node("Mul", {b, a});
    };
    std::string sum;
    if (draw_.coin()) {  // Horner
      sum = times(in(), file_.number(c.back()));
      for (std::size_t i = c.size() - 1; i-- > 0;) {
        sum = draw_.coin() ? file_.node("Add", {sum, file_.number(c[i])})
                           : file_.node("Sub", {sum, file_.number(-c[i])});
        if (i > 0) sum = times(sum, in());
      }
      return sum;
    }
    for (std::size_t i = 1; i < c.size(); ++i) {
      const std::string power =
          draw_.coin() ? file_.node("Pow", {in(), file_.number(double(i))}) : times_itself(i);
      const std::string term = times(power, file_.number(c[i]));
      sum = sum.empty() ? term : file_.node("Add", {term, sum});
    }
    return file_.node("Add", {sum, file_.constant(std::vector{static_cast<float>(c[0])})});
  }
  std::string times_itself(std::size_t power) {
    std::string out = in();
    for (std::size_t i = 1; i < power; ++i) out = file_.node("Mul", {out, in()});
    return out;
  }
  std::string put(const AveragePool& op) {
    return file_.node(
        "AveragePool", {in()},
        {{"kernel_shape", {op.kernel, op.kernel}}, {"strides", {op.stride, op.stride}}});
  }
  std::string put(const SumPool&) { return "none of ONNX's"; }
  std::string put(const Activation&) { return "not drawn"; }
  std::string put(const StackSquares&) { return "none of ONNX's"; }
  std::string put(const Flatten&) {
    if (draw_.coin()) return file_.node("Flatten", {in()});
    return file_.node("Reshape", {in(), file_.integers({draw_.coin() ? 0 : 1, -1})});
  }
  std::string put(const Linear& op) {
    if (draw_.coin()) {
      std::vector<std::string> inputs{in(), file_.constant(op.weight)};
      if (!op.bias.empty()) inputs.push_back(file_.constant(op.bias));
      return file_.node("Gemm", inputs, {}, {{"transB", 1}});
    }
    const auto turned = file_.node("Transpose", {file_.constant(op.weight)}, {{"perm", {1, 0}}});
    const auto product = file_.node("MatMul", {in(), turned});
    return op.bias.empty() ? product : file_.node("Add", {file_.constant(op.bias), product});
  }
  std::string put(const Add&) { return file_.node("Add", {in(0), in(1)}); }
  std::string put(const ChannelGate&) {
    auto factors = file_.node("Unsqueeze", {in(1), file_.integers({2, 3})});
    if (draw_.coin()) factors = file_.node("Expand", {factors, file_.node("Shape", {in(0)})});
    return draw_.coin() ? file_.node("Mul", {in(0), factors}) : file_.node("Mul", {factors, in(0)});
  }

  const Graph& graph_;
  testing_graphs::Draw& draw_;
  OnnxFile file_;
  const Node* node_ = nullptr;
  std::vector<std::string> names_;
};

}  // namespace veilray::graph::onnx
