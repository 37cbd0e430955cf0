#include "graph/builder.h"

#include <utility>

#include "graph/verify.h"

namespace veilray::graph {

GraphBuilder::GraphBuilder(std::string name, Shape input_shape) {
  graph_.name = std::move(name);
  graph_.nodes.push_back({"input", Input{}, {}, std::move(input_shape)});
}

NodeId GraphBuilder::add(std::string name, Op op, std::vector<NodeId> inputs) {
  std::vector<Shape> shapes;
  for (const NodeId input : inputs) shapes.push_back(graph_.node(input).shape);
  auto shape = infer_shape(op, shapes);
  if (!shape.ok() && status_.ok()) {
    Failure failure = shape.failure();
    failure.where = name;
    status_ = failure;
  }
  graph_.nodes.push_back({std::move(name), std::move(op), std::move(inputs),
                          shape.ok() ? std::move(shape).value() : Shape{}});
  graph_.output = NodeId{static_cast<std::uint32_t>(graph_.nodes.size() - 1)};
  return graph_.output;
}

NodeId GraphBuilder::add(std::string name, Op op) {
  return add(std::move(name), std::move(op), {graph_.output});
}

NodeId GraphBuilder::add_again(std::string name, NodeId node, NodeId input) {
  add(std::move(name), Op(graph_.node(node).op), {input});
  graph_.nodes.back().shared_tensors = graph_.node(node).tensors();
  return graph_.output;
}

Result<Graph> GraphBuilder::finish() && {
  VEILRAY_CHECK_OK(std::move(status_));
  VEILRAY_CHECK_OK(verify(graph_));
  return std::move(graph_);
}

}  // namespace veilray::graph
