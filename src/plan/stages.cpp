#include "plan/stages.h"

#include <fmt/format.h>

#include <bit>
#include <map>
#include <utility>

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
      if (node.inputs.back().value + 1 != at_)
        return refuse(
            node,
            "its input is not the operation before it: networks that branch are not supported yet");
      VEILRAY_CHECK_OK(std::visit([&](const auto& op) { return add(node, op); }, node.op));
    }
    const bool all_read = graph_.output.value + 1 == graph_.nodes.size();
    if (!all_read || stages_.empty() || !is_plain_vector(stages_.back()))
      return Failure{ErrorCode::kUnsupported,
                     "the network does not end in a linear layer that gives a vector", graph_.name,
                     "end it with a dense layer"};
    stages_.back().folded = true;
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
    if (c.size() == 2 && c[1] == 1.0) return add_shift(node, c[0]);
    const bool is_square = c.size() == 3 && c[2] == 1.0;
    const bool is_cubic = c.size() == 4 && c[2] == 0.0 && c[3] == 1.0;
    if (!is_square && !is_cubic)
      return refuse(node, "only monic squares and cubics are (run the passes first)");
    if (stages_.empty() || stacking_ || stages_.back().activation || stages_.back().pool != 1 ||
        (stages_.back().cubic && !stages_.back().gates) || (is_cubic && stages_.back().gates))
      return refuse(node, "an activation must follow a linear layer");
    if (is_square) {
      stages_.back().activation = MonicQuadratic{c[1], c[0]};
    } else {
      stages_.back().cubic = MonicCubic{c[1], c[0]};
    }
    note_result();
    return Done{};
  }
  Status add_shift(const Node& node, double constant) {
    if (stages_.empty() || stacking_ || !stages_.back().gates || stages_.back().activation ||
        stages_.back().pool != 1)
      return refuse(node, "a constant is added after a gate only (run the passes first)");
    stages_.back().shift += constant;
    note_result();
    return Done{};
  }
  /// The two stages before have made the factors out of the result of the one before them.
  Status add(const Node& node, const graph::ChannelGate&) {
    const std::size_t count = stages_.size();
    const bool follows = count >= 3 && result_of_.at(count - 3) == node.inputs[0] &&
                         stages_[count - 3].pool == 1 && !stages_[count - 3].gates &&
                         is_vector(stages_[count - 2]) && is_vector(stages_[count - 1]) &&
                         !stages_[count - 1].activation && !stages_[count - 1].gates;
    if (!follows)
      return refuse(node, "a gate must be made of a pool and two dense layers on its own input");
    Stage& squeeze = stages_[count - 2];
    Stage& excite = stages_[count - 1];
    shape_ = stages_[count - 3].out_shape();
    squeeze.folded = true;
    excite.op = broadcast(std::move(excite.op), shape_[1], shape_[2]);
    excite.gates = count - 3;
    note_result();
    return Done{};
  }
  Status add(const Node& node, const graph::SumPool& pool) {
    const bool dense = pool.kernel == pool.stride;
    if (dense && feeds_dense_layer()) {
      merged_pool_ = pool.kernel;
    } else if (dense && std::has_single_bit(static_cast<std::uint64_t>(pool.kernel)) &&
               !stages_.empty() && !stacking_ && stages_.back().pool == 1) {
      stages_.back().pool = pool.kernel;
      shape_ = stages_.back().pooled_shape();
      note_result();
    } else {
      push(node, sum_pool_operator(pool, shape_));
    }
    return Done{};
  }
  Status add(const Node&, const graph::Flatten&) { return Done{}; }
  Status add(const Node& node, const graph::StackSquares&) {
    const bool even = std::has_single_bit(static_cast<std::uint64_t>(shape_[0]));
    if (stages_.empty() || stacking_ || !even)
      return refuse(node, "squares are stacked on a stage's result of 2^k channels only");
    stacking_ = true;
    shape_ = node.shape;
    return Done{};
  }
  Status add(const Node& node, const graph::Add&) {
    return refuse(node, "sums of branches are not supported yet");
  }
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

  static bool is_plain_vector(const Stage& stage) {
    return is_vector(stage) && !stage.activation && !stage.cubic && !stage.gates;
  }
  static bool is_vector(const Stage& stage) {
    return stage.pool == 1 && stage.out_shape()[1] == 1 && stage.out_shape()[2] == 1;
  }

  void push(const Node& node, LinearOperator op) {
    shape_ = op.out_shape;
    stages_.push_back({.name = node.name, .op = std::move(op), .activation = {}, .pool = 1});
    stages_.back().stacks_squares = std::exchange(stacking_, false);
    note_result();
  }
  void note_result() { result_of_[stages_.size() - 1] = {static_cast<std::uint32_t>(at_)}; }

  const graph::Graph& graph_;
  std::size_t at_ = 0;
  tensor::Shape shape_;
  std::int64_t merged_pool_ = 1;
  bool stacking_ = false;  // the next stage reads squares, too
  std::vector<Stage> stages_;
  std::map<std::size_t, graph::NodeId> result_of_;  // the last node of each stage
};

}  // namespace

Result<std::vector<Stage>> stages(const graph::Graph& graph) { return StageBuilder(graph).build(); }

}  // namespace veilray::plan
