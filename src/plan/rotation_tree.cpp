#include "plan/rotation_tree.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace veilray::plan {
namespace {

/// A plan that needs more is no search's, and would take long to grow.
constexpr int kMostDetours = 16;

class TreeGrower {
 public:
  TreeGrower(const std::vector<std::uint32_t>& wanted, const StepSet& keyed, std::uint32_t slots)
      : keyed_(keyed), slots_(slots), missing_(wanted), is_missing_(slots) {
    std::sort(missing_.begin(), missing_.end());
    missing_.erase(std::unique(missing_.begin(), missing_.end()), missing_.end());
    std::erase(missing_, 0U);
    for (const std::uint32_t step : missing_) is_missing_[step] = true;
    if (missing_.size() >= kMany) node_at_.assign(slots, kNone);
    add_node(0);
  }

  RotationTree grow() && {
    while (!missing_.empty())
      if (!branch() && !detour()) add(0, missing_.front());
    return std::move(tree_);
  }

 private:
  /// From so many steps on, which dense layers want, nodes are looked up by their step.
  static constexpr std::size_t kMany = 128;
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  struct Node {
    std::uint32_t step;
    std::size_t in_reach;  // of the missing steps, by one key
    bool branches = false;
  };

  std::uint32_t between(std::uint32_t from, std::uint32_t to) const {
    return (to - from) & (slots_ - 1);
  }
  std::size_t in_reach(std::uint32_t from) const {
    // Whichever is fewer: dense layers want a thousand steps, and few have keys.
    const auto count =
        keyed_.steps().size() < missing_.size()
            ? std::ranges::count_if(
                  keyed_.steps(),
                  [&](auto step) { return is_missing_[(from + step) & (slots_ - 1)]; })
            : std::ranges::count_if(
                  missing_, [&](auto to) { return keyed_.contains(between(from, to)); });
    return static_cast<std::size_t>(count);
  }

  /// Edges to all that is in reach of the node from which most is.
  bool branch() {
    const auto best = std::ranges::max_element(nodes_, {}, &Node::in_reach);
    if (best->in_reach == 0) return false;
    const auto parent = static_cast<std::size_t>(best - nodes_.begin());
    for (const std::uint32_t to : std::vector(missing_))
      if (keyed_.contains(between(nodes_[parent].step, to))) add(parent, to);
    return true;
  }

  /// An edge to the step, itself not wanted, from which most is in reach.
  bool detour() {
    if (detours_ == kMostDetours) return false;
    std::size_t most = 0, parent = 0;
    std::optional<std::uint32_t> best;
    bool best_branches = false;
    for (std::size_t n = 0; n < nodes_.size(); ++n)
      for (const std::uint32_t step : keyed_.steps()) {
        const std::uint32_t to = (nodes_[n].step + step) & (slots_ - 1);
        const std::size_t count = in_reach(to);
        if (count < most || count == 0 || (count == most && (best_branches || !nodes_[n].branches)))
          continue;
        most = count, best = to, parent = n, best_branches = nodes_[n].branches;
      }
    if (!best) return false;
    ++detours_;
    add(parent, *best);
    return true;
  }

  void add(std::size_t parent, std::uint32_t to) {
    const std::uint32_t from = nodes_[parent].step;
    tree_.edges.push_back({from, between(from, to), to});
    if (!std::exchange(nodes_[parent].branches, true)) ++tree_.branching;
    if (is_missing_[to]) found(to);
    add_node(to);
  }
  void add_node(std::uint32_t step) {
    if (!node_at_.empty()) node_at_[step] = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({step, in_reach(step)});
  }
  /// `to` is missing no longer, and in reach of none.
  void found(std::uint32_t to) {
    missing_.erase(std::ranges::lower_bound(missing_, to));
    is_missing_[to] = false;
    if (node_at_.empty()) {
      for (Node& node : nodes_)
        if (keyed_.contains(between(node.step, to))) --node.in_reach;
      return;
    }
    for (const std::uint32_t step : keyed_.steps())
      if (const std::uint32_t n = node_at_[between(step, to)]; n != kNone) --nodes_[n].in_reach;
  }

  const StepSet& keyed_;
  std::uint32_t slots_;
  std::vector<std::uint32_t> missing_;
  std::vector<bool> is_missing_;  // by step
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> node_at_;  // by step, where there are many
  RotationTree tree_;
  int detours_ = 0;
};

}  // namespace

StepSet::StepSet(std::vector<std::uint32_t> steps) {
  for (const std::uint32_t step : steps) insert(step);
}

void StepSet::insert(std::uint32_t step) {
  if (contains(step)) return;
  if (step >= has_.size()) has_.resize(std::size_t{step} + 1);
  has_[step] = true;
  steps_.insert(std::lower_bound(steps_.begin(), steps_.end(), step), step);
}

void StepSet::erase(std::uint32_t step) {
  if (!contains(step)) return;
  has_[step] = false;
  steps_.erase(std::lower_bound(steps_.begin(), steps_.end(), step));
}

RotationTree rotation_tree(const std::vector<std::uint32_t>& wanted, const StepSet& keyed,
                           std::uint32_t slots) {
  return TreeGrower(wanted, keyed, slots).grow();
}

}  // namespace veilray::plan
