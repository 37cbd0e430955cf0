#include "graph/onnx/model.h"

#include <fmt/format.h>

#include <utility>

#include "graph/onnx/proto.h"
#include "graph/onnx/refusal.h"

namespace veilray::graph::onnx {
namespace {

constexpr std::int64_t kFirstOpset = 13, kLastOpset = 17;
constexpr const char* kWhere = "ONNX network";
constexpr int kMaxNodes = 1 << 16;
constexpr std::int64_t kMaxExtent = std::int64_t{1} << 16;

bool is_standard(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

Status check_opset(const ::onnx::ModelProto& file) {
  for (const auto& import : file.opset_import()) {
    if (!is_standard(import.domain())) continue;
    if (import.version() >= kFirstOpset && import.version() <= kLastOpset) return Done{};
    return unsupported(fmt::format("opset {} is not supported", import.version()),
                       fmt::format("export with opset_version={} to {}", kFirstOpset, kLastOpset),
                       kWhere);
  }
  return malformed("the file names no opset", kWhere);
}

Status check_kind(const ::onnx::ModelProto& file) {
  const auto& graph = file.graph();
  if (file.training_info_size() > 0)
    return unsupported("the file holds a training graph", "export the network in evaluation mode",
                       kWhere);
  if (file.functions_size() > 0)
    return unsupported("the file defines functions of its own", "export without them", kWhere);
  if (graph.quantization_annotation_size() > 0)
    return unsupported("the network is quantised", "export the float network", kWhere);
  if (graph.sparse_initializer_size() > 0)
    return unsupported("sparse weights are not supported", "export dense weights", kWhere);
  if (graph.node_size() > kMaxNodes)
    return unsupported(fmt::format("the network has {} nodes", graph.node_size()),
                       fmt::format("{} are the most", kMaxNodes), kWhere);
  return Done{};
}

Result<Shape> input_shape(const ::onnx::ValueInfoProto& input) {
  const std::string where = "input " + readable(input.name());
  const auto& type = input.type().tensor_type();
  if (!input.type().has_tensor_type() || !is_float(type.elem_type()))
    return unsupported("the input is no tensor of floats", "export a float network", where);
  if (!type.has_shape() || type.shape().dim_size() != 4)
    return unsupported("the input is not [1, c, h, w]", "export with such an input", where);
  Shape shape{1};
  const auto& batch = type.shape().dim(0);
  if (batch.has_dim_value() && batch.dim_value() != 1)
    return unsupported(fmt::format("the input holds {} images", batch.dim_value()),
                       "export with a batch of 1, or a dynamic one", where);
  for (int axis = 1; axis < 4; ++axis) {
    const auto& dim = type.shape().dim(axis);
    if (!dim.has_dim_value() || dim.dim_value() < 1)
      return unsupported(fmt::format("axis {} of the input has no fixed size", axis),
                         "export with fixed channels, height and width", where);
    if (dim.dim_value() > kMaxExtent)
      return unsupported("the input is too large", "65536 on a side are the most", where);
    shape.push_back(dim.dim_value());
  }
  return shape;
}

Result<OnnxNode> read_node(const ::onnx::NodeProto& from, int index) {
  OnnxNode node;
  node.type = readable(from.op_type());
  node.name = readable(from.name());
  if (node.name.empty()) node.name = fmt::format("{}_{}", node.type, index);
  if (!is_standard(from.domain()))
    return unsupported("an operation of domain " + readable(from.domain()),
                       "export with ONNX's own operations only", node.place());
  node.inputs.assign(from.input().begin(), from.input().end());
  node.outputs.assign(from.output().begin(), from.output().end());
  for (const auto& attribute : from.attribute()) {
    auto read = read_attribute(attribute);
    if (!read.ok()) return placed(std::move(read).failure(), node.place());
    node.attributes[attribute.name()] = std::move(read).value();
  }
  return node;
}

Status read_ends(const ::onnx::GraphProto& graph, Model& model) {
  std::vector<const ::onnx::ValueInfoProto*> inputs;
  for (const auto& input : graph.input())
    if (!model.initializers.contains(input.name())) inputs.push_back(&input);
  if (inputs.size() != 1 || graph.output_size() != 1)
    return unsupported(
        fmt::format("the network has {} inputs and {} outputs", inputs.size(), graph.output_size()),
        "export one that takes one tensor and gives one", kWhere);
  VEILRAY_TRY(shape, input_shape(*inputs.front()));
  model.input = inputs.front()->name();
  model.input_shape = std::move(shape);
  model.output = graph.output(0).name();
  return Done{};
}

/// Takes the file's weights out of it one by one, so that they are not held twice.
Status read_initializers(::onnx::GraphProto& graph, Model& model) {
  std::size_t held = 0;
  for (auto& initializer : *graph.mutable_initializer()) {
    const std::string where = "tensor " + readable(initializer.name());
    auto constant = read_tensor(initializer);
    if (!constant.ok()) return placed(std::move(constant).failure(), where);
    held += constant.value().count();
    if (held > kMaxValues)
      return unsupported("the weights are too large", "2^26 values are the most", kWhere);
    const std::string name = initializer.name();
    initializer.Clear();
    if (!model.initializers.emplace(name, std::move(constant).value()).second)
      return malformed("two tensors have one name", where);
  }
  return Done{};
}

}  // namespace

std::string OnnxNode::place() const { return fmt::format("node {} ({})", name, type); }

std::string readable(const std::string& name) {
  constexpr std::size_t kMost = 128;
  std::string text = name.substr(0, kMost);
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return text;
}

Result<Model> parse_model(std::span<const std::byte> bytes) {
  ::onnx::ModelProto file;
  const bool fits = bytes.size() <= kMaxFileBytes;
  if (!fits || !file.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return malformed("not an ONNX network, or one cut off", kWhere);
  if (!file.has_graph() || file.graph().node_size() == 0)
    return malformed("the file holds no network, or is cut off", kWhere);
  VEILRAY_CHECK_OK(check_opset(file));
  VEILRAY_CHECK_OK(check_kind(file));
  auto& graph = *file.mutable_graph();
  Model model;
  model.name = graph.name().empty() ? "network" : readable(graph.name());
  VEILRAY_CHECK_OK(read_initializers(graph, model));
  VEILRAY_CHECK_OK(read_ends(graph, model));
  for (int i = 0; i < graph.node_size(); ++i) {
    VEILRAY_TRY(node, read_node(graph.node(i), i));
    model.nodes.push_back(std::move(node));
  }
  return model;
}

}  // namespace veilray::graph::onnx
