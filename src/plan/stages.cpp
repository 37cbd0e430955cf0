#include "plan/stages.h"

#include <fmt/format.h>

#include <bit>

namespace veilray::plan {
namespace {

using graph::Node;

/// Walks a chain and grows the list of stages.
class StageBuilder {
 public:
  explicit StageBuilder(const graph::Graph& graph) : graph_(graph), shape_(graph.input_shape()) {}

  Result<std::vector<Stage>> build() {
    for (at_ = 1; at_ < graph_.nodes.size(); ++at_) {
      const Node& node = graph_.nodes[at_];
      if (node.inputs.size() != 1 || node.inputs[0].value + 1 != at_)
        return refuse(
            node,
            "its input is not the operation before it: networks that branch are not supported yet");
      VEILRAY_CHECK_OK(std::visit([&](const auto& op) { return add(node, op); }, node.op));
    }
    const bool all_read = graph_.output.value + 1 == graph_.nodes.size();
    if (!all_read || stages_.empty() || stages_.back().activation || !is_vector(stages_.back()))
      return Failure{ErrorCode::kUnsupported,
                     "the network does not end in a linear layer that gives a vector", graph_.name,
                     "end it with a dense layer"};
    return std::move(stages_);
  }

 private:
  static Failure refuse(const Node& node, const char* why) {
    return {ErrorCode::kUnsupported, fmt::format("cannot be planned: {}", why),
            fmt::format("node {} ({})", node.name, graph::op_name(node.op)), ""};
  }

  Status add(const Node& node, const graph::Conv2d& conv) {
    push(node, conv2d_operator(conv, shape_));
    return Done{};
  }
  Status add(const Node& node, const graph::Linear& linear) {
    push(node, linear_operator(linear, shape_, merged_pool_));
    merged_pool_ = 1;
    return Done{};
  }
  Status add(const Node& node, const graph::Polynomial& polynomial) {
    const auto& c = polynomial.coefficients;
    if (c.size() != 3 || c[2] != 1.0)
      return refuse(node, "only monic quadratic activations are (run the passes first)");
    if (stages_.empty() || stages_.back().activation || stages_.back().pool != 1)
      return refuse(node, "an activation must follow a linear layer");
    stages_.back().activation = MonicQuadratic{c[1], c[0]};
    return Done{};
  }
  Status add(const Node& node, const graph::SumPool& pool) {
    const bool dense = pool.kernel == pool.stride;
    if (dense && feeds_dense_layer()) {
      merged_pool_ = pool.kernel;
    } else if (dense && std::has_single_bit(static_cast<std::uint64_t>(pool.kernel)) &&
               !stages_.empty() && stages_.back().pool == 1) {
      stages_.back().pool = pool.kernel;
      shape_ = stages_.back().pooled_shape();
    } else {
      push(node, sum_pool_operator(pool, shape_));
    }
    return Done{};
  }
  Status add(const Node&, const graph::Flatten&) { return Done{}; }
  template <class Other>
  Status add(const Node& node, const Other&) {
    return refuse(node, "the passes should have folded it away");
  }

  bool feeds_dense_layer() const {
    std::size_t next = at_ + 1;
    while (next < graph_.nodes.size() &&
           std::holds_alternative<graph::Flatten>(graph_.nodes[next].op))
      ++next;
    return next < graph_.nodes.size() &&
           std::holds_alternative<graph::Linear>(graph_.nodes[next].op);
  }

  static bool is_vector(const Stage& stage) {
    return stage.pool == 1 && stage.out_shape()[1] == 1 && stage.out_shape()[2] == 1;
  }

  void push(const Node& node, LinearOperator op) {
    shape_ = op.out_shape;
    stages_.push_back({node.name, std::move(op), std::nullopt, 1});
  }

  const graph::Graph& graph_;
  std::size_t at_ = 0;
  tensor::Shape shape_;
  std::int64_t merged_pool_ = 1;
  std::vector<Stage> stages_;
};

}  // namespace

Result<std::vector<Stage>> stages(const graph::Graph& graph) { return StageBuilder(graph).build(); }

}  // namespace veilray::plan
