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
    nodes_.push_back({0, false});
  }

  RotationTree grow() && {
    while (!missing_.empty())
      if (!branch() && !detour()) add(0, missing_.front(), missing_.front());
    return std::move(tree_);
  }

 private:
  struct Node {
    std::uint32_t step;
    bool branches;
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
    std::size_t most = 0;
    std::uint32_t best = 0;
    for (const Node& node : nodes_) {
      const std::size_t count = in_reach(node.step);
      if (count > most) most = count, best = node.step;
    }
    if (most == 0) return false;
    for (const std::uint32_t to : std::vector(missing_))
      if (keyed_.contains(between(best, to))) add(best, between(best, to), to);
    return true;
  }

  /// An edge to the step, itself not wanted, from which most is in reach.
  bool detour() {
    if (detours_ == kMostDetours) return false;
    std::size_t most = 0;
    std::optional<RotationTree::Edge> best;
    bool best_branches = false;
    for (const Node& node : nodes_)
      for (const std::uint32_t step : keyed_.steps()) {
        const std::uint32_t to = (node.step + step) & (slots_ - 1);
        const std::size_t count = in_reach(to);
        if (count < most || count == 0 || (count == most && (best_branches || !node.branches)))
          continue;
        most = count, best = {node.step, step, to}, best_branches = node.branches;
      }
    if (!best) return false;
    ++detours_;
    add(best->from, best->step, best->to);
    return true;
  }

  void add(std::uint32_t from, std::uint32_t step, std::uint32_t to) {
    tree_.edges.push_back({from, step, to});
    Node& parent = *std::ranges::find(nodes_, from, [](const Node& node) { return node.step; });
    if (!std::exchange(parent.branches, true)) ++tree_.branching;
    nodes_.push_back({to, false});
    std::erase(missing_, to);
    is_missing_[to] = false;
  }

  const StepSet& keyed_;
  std::uint32_t slots_;
  std::vector<std::uint32_t> missing_;
  std::vector<bool> is_missing_;  // by step
  std::vector<Node> nodes_;
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
