#include "plan/network_file.h"

#include <nlohmann/json.hpp>

#include "graph/verify.h"
#include "plan/json_fields.h"

namespace veilray::plan {
namespace {

using Json = nlohmann::json;
using graph::Node;

constexpr std::size_t kMaxNodes = 4096;

Failure malformed_network(std::string what, const char* where = "plan.bin") {
  return {ErrorCode::kMalformed, std::move(what), where, "compile the model again"};
}

/// What an operation is besides its tensors.
Json attributes(const graph::Op& op) {
  if (const auto* conv = std::get_if<graph::Conv2d>(&op))
    return {{"groups", conv->groups}, {"stride", conv->stride}, {"padding", conv->padding}};
  if (const auto* polynomial = std::get_if<graph::Polynomial>(&op))
    return {{"coefficients", polynomial->coefficients}};
  if (const auto* pool = std::get_if<graph::SumPool>(&op))
    return {{"kernel", pool->kernel}, {"stride", pool->stride}};
  return Json::object();
}

/// Hands the tensors of a file out by name.
class Weights {
 public:
  explicit Weights(tensor::TensorFile file) : file_(std::move(file)) {}
  /// Empty if absent: verify refuses what must not be.
  tensor::Tensor take(const std::string& name) {
    const auto at = file_.tensors.find(name);
    if (at == file_.tensors.end()) return {};
    tensor::Tensor found = std::move(at->second);
    file_.tensors.erase(at);
    return found;
  }
  bool empty() const { return file_.tensors.empty(); }

 private:
  tensor::TensorFile file_;
};

Result<graph::Op> read_op(const Json& node, Weights& weights) {
  const auto kind = node.at("op").get<std::string>();
  const auto name = node.at("name").get<std::string>();
  const Json& attributes = node.at("attributes");
  if (kind == "input") return graph::Op(graph::Input{});
  if (kind == "flatten") return graph::Op(graph::Flatten{});
  if (kind == "add") return graph::Op(graph::Add{});
  if (kind == "stack_squares") return graph::Op(graph::StackSquares{});
  if (kind == "channel_gate") return graph::Op(graph::ChannelGate{});
  if (kind == "polynomial")
    return graph::Op(graph::Polynomial{attributes.at("coefficients").get<std::vector<double>>()});
  if (kind == "sum_pool")
    return graph::Op(graph::SumPool{whole<std::int64_t>(attributes.at("kernel")),
                                    whole<std::int64_t>(attributes.at("stride"))});
  if (kind == "linear")
    return graph::Op(
        graph::Linear{weights.take(name + ".weight"), weights.take(name + ".bias").data});
  if (kind == "conv2d") {
    const Json& around = attributes.at("padding");
    std::array<std::int64_t, 4> padding{};
    for (std::size_t side = 0; side < padding.size(); ++side)
      padding[side] = whole<std::int64_t>(around.at(side));
    return graph::Op(graph::Conv2d{
        weights.take(name + ".weight"), weights.take(name + ".bias").data,
        whole<std::int64_t>(attributes.at("groups")), whole<std::int64_t>(attributes.at("stride")),
        padding, weights.take(name + ".row_factors").data,
        weights.take(name + ".column_factors").data});
  }
  return malformed_network("the network holds an unknown operation");
}

void add_vector(tensor::TensorFile& file, const std::string& name,
                const std::vector<float>& values) {
  if (!values.empty()) file.tensors[name] = {{static_cast<std::int64_t>(values.size())}, values};
}

}  // namespace

Json network_structure(const graph::Graph& network) {
  Json nodes = Json::array();
  for (const Node& node : network.nodes) {
    Json inputs = Json::array();
    for (const auto id : node.inputs) inputs.push_back(id.value);
    nodes.push_back({{"name", node.name},
                     {"op", graph::op_name(node.op)},
                     {"inputs", std::move(inputs)},
                     {"shape", node.shape},
                     {"attributes", attributes(node.op)}});
  }
  return {{"name", network.name}, {"nodes", std::move(nodes)}, {"output", network.output.value}};
}

tensor::TensorFile network_weights(const graph::Graph& network) {
  tensor::TensorFile file;
  for (const Node& node : network.nodes) {
    if (const auto* conv = std::get_if<graph::Conv2d>(&node.op)) {
      file.tensors[node.name + ".weight"] = conv->weight;
      add_vector(file, node.name + ".bias", conv->bias);
      add_vector(file, node.name + ".row_factors", conv->row_factors);
      add_vector(file, node.name + ".column_factors", conv->column_factors);
    } else if (const auto* linear = std::get_if<graph::Linear>(&node.op)) {
      file.tensors[node.name + ".weight"] = linear->weight;
      add_vector(file, node.name + ".bias", linear->bias);
    }
  }
  return file;
}

Result<graph::Graph> read_network(const Json& structure, tensor::TensorFile file) {
  try {
    graph::Graph network;
    Weights weights(std::move(file));
    network.name = structure.at("name").get<std::string>();
    network.output = {whole<std::uint32_t>(structure.at("output"))};
    const Json& nodes = structure.at("nodes");
    if (nodes.empty() || nodes.size() > kMaxNodes)
      return malformed_network("the network has an impossible number of operations");
    for (const Json& node : nodes) {
      VEILRAY_TRY(op, read_op(node, weights));
      Node read{node.at("name").get<std::string>(),
                std::move(op),
                {},
                whole_numbers<std::int64_t>(node.at("shape"))};
      for (const Json& id : node.at("inputs")) read.inputs.push_back({whole<std::uint32_t>(id)});
      network.nodes.push_back(std::move(read));
    }
    if (!weights.empty())
      return malformed_network("the weights hold a tensor that the network does not have",
                               "weights.safetensors");
    VEILRAY_CHECK_OK(graph::verify(network));
    return network;
  } catch (const Json::exception&) {
    return malformed_network("the network's structure has a field missing or of the wrong type");
  }
}

}  // namespace veilray::plan
