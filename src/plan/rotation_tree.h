#pragma once
// Rotations made of others, so that few keys serve many steps: rotate_{a+b} = rotate_b(rotate_a).
// One tree serves both kinds of step. Babies go from the root to the leaves, one hoist for each
// node that branches. Giants go from the leaves to the root, as Horner's scheme does: what a node
// receives is added to its own partial sum before it is rotated on, one mod-down for each node
// that branches. Either way a step that a key would have served directly is still one rotation.
#include <cstdint>
#include <vector>

namespace veilray::plan {

/// Steps in [0, slots).
class StepSet {
 public:
  StepSet() = default;
  explicit StepSet(std::vector<std::uint32_t> steps);

  bool contains(std::uint32_t step) const { return step < has_.size() && has_[step]; }
  void insert(std::uint32_t step);
  void erase(std::uint32_t step);
  /// In ascending order.
  const std::vector<std::uint32_t>& steps() const noexcept { return steps_; }

 private:
  std::vector<std::uint32_t> steps_;
  std::vector<bool> has_;
};

struct RotationTree {
  struct Edge {
    std::uint32_t from, step, to;  // to = (from + step) mod slots
  };
  /// Parents first: `from` is 0, or `to` of an earlier edge. Every node but 0 is `to` once.
  std::vector<Edge> edges;
  /// Nodes that edges leave.
  std::uint32_t branching = 0;
};

/// Reaches every step of `wanted` by steps of `keyed`: few branching nodes, found greedily; a node
/// that is not wanted only where nothing else leads on, at most one at a time. What `keyed` does
/// not lead to is reached from 0 by a key of its own, so that an empty set means a key for each
/// step.
RotationTree rotation_tree(const std::vector<std::uint32_t>& wanted, const StepSet& keyed,
                           std::uint32_t slots);

}  // namespace veilray::plan
