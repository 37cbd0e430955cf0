#include "plan/stages.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

namespace veilray::plan {
namespace {

using graph::Node;

/// What a node's value is to whoever reads it: the result of a stage, perhaps with what the reader
/// must do to it first.
struct Source {
  ResultId result;
  std::uint32_t version = 0;  // of that result: an activation makes another of it
  tensor::Shape shape;        // before the pool
  std::int64_t pool = 1;      // the sums over its windows
  bool squares = false;       // and, as further channels, its squares
};

/// A linear layer that waits for the sum it belongs to.
struct Summand {
  LinearOperator op;
  Source source;
};

/// Walks the network and grows the list of stages.
class StageBuilder {
 public:
  explicit StageBuilder(const graph::Graph& graph)
      : graph_(graph), readers_(graph.nodes.size()), sources_(graph.nodes.size()) {
    for (std::uint32_t id = 0; id < graph.nodes.size(); ++id)
      for (const graph::NodeId input : graph.nodes[id].inputs)
        readers_[input.value].push_back({id});
    sources_[0] = {.result = {}, .shape = graph.input_shape()};
  }

  Result<std::vector<Stage>> build() {
    for (at_ = 1; at_ < graph_.nodes.size(); ++at_) {
      const Node& node = graph_.nodes[at_];
      VEILRAY_CHECK_OK(std::visit([&](const auto& op) { return add(node, op); }, node.op));
    }
    const bool all_read = graph_.output.value + 1 == graph_.nodes.size() && summands_.empty();
    if (!all_read || stages_.empty() || !is_plain_vector(stages_.back()))
      return Failure{ErrorCode::kUnsupported,
                     "the network does not end in a linear layer that gives a vector", graph_.name,
                     "end it with a dense layer"};
    stages_.back().folded = true;
    for (std::size_t s = 0; s + 1 < stages_.size(); ++s)
      stages_[s].spills = !stages_[s].folded && !stages_[s + 1].folded;
    return std::move(stages_);
  }

 private:
  static Failure refuse(const Node& node, const char* why) {
    return {ErrorCode::kUnsupported, fmt::format("cannot be planned: {}", why),
            fmt::format("node {} ({})", node.name, graph::op_name(node.op)), ""};
  }
  static Failure refuse_branch(const Node& node) {
    return refuse(
        node,
        "its input is not the operation before it: networks that branch are not "
        "supported, but for sums of two branches of which one has no layer, or one linear "
        "layer, of its own");
  }

  Status add(const Node& node, const graph::Conv2d& conv) {
    const Source& in = source(node);
    return add_layer(node, {conv2d_operator(conv, in.shape), in});
  }
  Status add(const Node& node, const graph::Linear& linear) {
    const Source& in = source(node);
    return add_layer(node, {linear_operator(linear, in.shape, in.pool), in});
  }
  /// A layer that only a sum reads waits for it.
  Status add_layer(const Node& node, Summand summand) {
    std::vector<Summand> summands;
    summands.push_back(std::move(summand));
    return add_layers(node, std::move(summands));
  }
  Status add_layers(const Node& node, std::vector<Summand> summands) {
    const auto& readers = readers_[at_];
    const bool waits =
        readers.size() == 1 && std::holds_alternative<graph::Add>(graph_.node(readers.front()).op);
    if (!waits) return push(node, std::move(summands));
    summands_[at_] = std::move(summands);
    return Done{};
  }
  Status add(const Node& node, const graph::Add&) {
    std::vector<Summand> summands;
    for (const graph::NodeId input : node.inputs) {
      const auto waiting = summands_.find(input.value);
      if (waiting == summands_.end())
        return refuse(node, "only linear layers of its own can be summed (run the passes first)");
      std::ranges::move(waiting->second, std::back_inserter(summands));
      summands_.erase(waiting);
    }
    return add_layers(node, std::move(summands));
  }

  Status add(const Node& node, const graph::Polynomial& polynomial) {
    const auto& c = polynomial.coefficients;
    if (c.size() == 2 && c[1] == 1.0) return add_shift(node, c[0]);
    const bool is_square = c.size() == 3 && c[2] == 1.0;
    const bool is_cubic = c.size() == 4 && c[2] == 0.0 && c[3] == 1.0;
    if (!is_square && !is_cubic)
      return refuse(node, "only monic squares and cubics are (run the passes first)");
    if (!follows_stage(node) || stages_.back().activation || stages_.back().pool != 1 ||
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
    if (!follows_stage(node) || !stages_.back().gates || stages_.back().activation ||
        stages_.back().pool != 1)
      return refuse(node, "a constant is added after a gate only (run the passes first)");
    stages_.back().shift += constant;
    note_result();
    return Done{};
  }
  /// The two stages before have made the factors out of the result of the one before them.
  Status add(const Node& node, const graph::ChannelGate&) {
    const std::size_t count = stages_.size();
    const Source& gated = source(node);
    const bool follows = count >= 3 && is_current(gated) && gated.result.value == count - 2 &&
                         gated.pool == 1 && stages_[count - 3].pool == 1 &&
                         !stages_[count - 3].gates && follows_stage(node, 1) &&
                         is_vector(stages_[count - 2]) && is_vector(stages_[count - 1]) &&
                         stages_[count - 1].shortcuts.empty() && !stages_[count - 1].activation &&
                         !stages_[count - 1].gates;
    if (!follows)
      return refuse(node, "a gate must be made of a pool and two dense layers on its own input");
    Stage& squeeze = stages_[count - 2];
    Stage& excite = stages_[count - 1];
    const tensor::Shape shape = stages_[count - 3].out_shape();
    squeeze.folded = true;
    excite.op = broadcast(std::move(excite.op), shape[1], shape[2]);
    excite.gates = count - 3;
    note_result();
    return Done{};
  }
  Status add(const Node& node, const graph::SumPool& pool) {
    const bool dense = pool.kernel == pool.stride;
    const Source& in = source(node);
    if (dense && in.pool == 1 && feeds_dense_layers({static_cast<std::uint32_t>(at_)})) {
      sources_[at_] = in;
      sources_[at_].pool = pool.kernel;
      return Done{};
    }
    const bool alone = readers_[node.inputs[0].value].size() == 1;
    if (dense && alone && std::has_single_bit(static_cast<std::uint64_t>(pool.kernel)) &&
        follows_stage(node) && stages_.back().pool == 1) {
      stages_.back().pool = pool.kernel;
      note_result();
      return Done{};
    }
    return add_layer(node, {sum_pool_operator(pool, in.shape), in});
  }
  Status add(const Node& node, const graph::Flatten&) {
    sources_[at_] = source(node);
    return Done{};
  }
  Status add(const Node& node, const graph::StackSquares&) {
    const Source& in = source(node);
    const bool even = std::has_single_bit(static_cast<std::uint64_t>(in.shape[0]));
    if (!follows_stage(node) || !even)
      return refuse(node, "squares are stacked on a stage's result of 2^k channels only");
    sources_[at_] = in;
    sources_[at_].squares = true;
    sources_[at_].shape = node.shape;
    return Done{};
  }
  template <class Other>
  Status add(const Node& node, const Other&) {
    return refuse(node, "the passes should have folded it away");
  }

  const Source& source(const Node& node, std::size_t input = 0) const {
    return sources_[node.inputs[input].value];
  }
  bool is_current(const Source& source) const {
    return source.version == versions_[source.result.value];
  }
  /// True if that input is, as it stands, what the last stage gives.
  bool follows_stage(const Node& node, std::size_t input = 0) const {
    const Source& in = source(node, input);
    return !stages_.empty() && is_current(in) && in.result.value == stages_.size() &&
           in.pool == 1 && !in.squares;
  }
  bool feeds_dense_layers(graph::NodeId id) const {
    const auto& readers = readers_[id.value];
    return !readers.empty() && std::ranges::all_of(readers, [&](graph::NodeId reader) {
      const graph::Op& op = graph_.node(reader).op;
      return std::holds_alternative<graph::Linear>(op) ||
             (std::holds_alternative<graph::Flatten>(op) && feeds_dense_layers(reader));
    });
  }

  static bool is_plain_vector(const Stage& stage) {
    return is_vector(stage) && !stage.activation && !stage.cubic && !stage.gates;
  }
  static bool is_vector(const Stage& stage) {
    return stage.pool == 1 && stage.out_shape()[1] == 1 && stage.out_shape()[2] == 1;
  }

  /// A stage of what is summed: what reads the stage before is its operator, the rest are
  /// shortcuts.
  Status push(const Node& node, std::vector<Summand> summands) {
    const auto reads_last = [&](const Summand& summand) {
      return summand.source.result.value == stages_.size();
    };
    const auto main = std::ranges::find_if(summands, reads_last);
    if (main == summands.end()) return refuse_branch(node);
    std::iter_swap(summands.begin(), main);
    Stage stage{.name = node.name, .op = {}};
    for (Summand& summand : summands) {
      const bool is_main = &summand == &summands.front();
      if (!is_current(summand.source)) return refuse_branch(node);
      if (is_main) {
        stage.stacks_squares = summand.source.squares;
        stage.op = std::move(summand.op);
      } else if (summand.source.squares) {
        return refuse_branch(node);
      } else {
        add_bias(stage.op, std::exchange(summand.op.bias, {}));
        stage.shortcuts.push_back({summand.source.result, std::move(summand.op)});
      }
    }
    stages_.push_back(std::move(stage));
    note_result();
    return Done{};
  }
  static void add_bias(LinearOperator& op, const std::vector<float>& bias) {
    if (op.bias.empty()) op.bias.resize(bias.size());
    for (std::size_t c = 0; c < bias.size(); ++c) op.bias[c] += bias[c];
  }
  /// The node being added gives the last stage's result from now on.
  void note_result() {
    versions_.resize(stages_.size() + 1);
    const ResultId result{static_cast<std::uint32_t>(stages_.size())};
    sources_[at_] = {result, ++versions_[result.value], stages_.back().pooled_shape()};
  }

  const graph::Graph& graph_;
  std::vector<std::vector<graph::NodeId>> readers_;  // of each node
  std::vector<Source> sources_;                      // of each node
  std::size_t at_ = 0;
  std::vector<Stage> stages_;
  std::vector<std::uint32_t> versions_{0};                // of each result
  std::map<std::size_t, std::vector<Summand>> summands_;  // of each node that waits for its sum
};

}  // namespace

Result<std::vector<Stage>> stages(const graph::Graph& graph) { return StageBuilder(graph).build(); }

}  // namespace veilray::plan
