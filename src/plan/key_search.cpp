#include "plan/key_search.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace veilray::plan {
namespace {

/// How much dearer keys are where the search from few of them begins.
constexpr double kDear = 4;
/// A second or two for the largest network: a search that needs more takes what it has. A tree of
/// more steps than usual counts as often as it takes longer.
constexpr std::uint64_t kMostTrees = 200000;
constexpr std::size_t kUsualSteps = 64;

/// The steps of each ciphertext; equal sets once.
void add_needs(std::vector<StepNeed>& needs, StepNeed::Kind kind, ckks::Level level,
               const std::vector<TurnedCiphertext>& turned) {
  std::map<std::uint32_t, std::vector<std::uint32_t>> by_ciphertext;
  for (const auto& [ciphertext, step] : turned)
    if (step != 0) by_ciphertext[ciphertext].push_back(step);
  std::map<std::vector<std::uint32_t>, std::uint32_t> times;
  for (auto& [ciphertext, steps] : by_ciphertext) ++times[std::move(steps)];
  for (const auto& [steps, count] : times) needs.push_back({kind, steps, level, count});
}

/// Prices sets of keys, one after the other; `weight`: of the keys' own price. Needs of the same
/// steps, at whatever levels, share a tree: networks repeat their blocks.
class Pricing {
 public:
  Pricing(const std::vector<StepNeed>& needs, const CostModel& cost, std::uint32_t slots,
          double weight = 1)
      : needs_(needs), cost_(cost), slots_(slots), weight_(weight), levels_(slots) {
    std::map<std::pair<bool, std::vector<std::uint32_t>>, std::size_t> seen;
    for (const StepNeed& need : needs) {
      const bool composed = need.kind != StepNeed::Kind::kFold;
      const auto [at, is_new] = seen.try_emplace({composed, need.steps}, shapes_.size());
      if (is_new) shapes_.push_back({&need.steps, composed, need.level});
      Shape& shape = shapes_[at->second];
      shape.highest = std::max(shape.highest, need.level);
      ++shape.needs;
      shape_of_.push_back(at->second);
    }
  }

  double operator()(const StepSet& keyed) {
    trees_.clear();
    for (const Shape& shape : shapes_) trees_.push_back(grow(shape, keyed));
    std::vector<const Tree*> trees;
    for (const Tree& tree : trees_) trees.push_back(&tree);
    return total(trees);
  }
  /// Of `keyed`, which is the set last given to operator() without the steps in `removed`: only
  /// what uses one of those has to be worked out again.
  double without(const StepSet& removed, const StepSet& keyed) {
    std::vector<Tree> grown;
    grown.reserve(trees_.size());  // so that they stay where they are
    std::vector<const Tree*> trees;
    for (std::size_t s = 0; s < shapes_.size(); ++s) {
      const bool stays =
          std::ranges::none_of(trees_[s].keys, [&](auto step) { return removed.contains(step); });
      trees.push_back(stays ? &trees_[s] : &grown.emplace_back(grow(shapes_[s], keyed)));
    }
    return total(trees);
  }
  /// Of the set last given to operator(), those that any rotation uses.
  StepSet used() const {
    StepSet steps;
    for (const Tree& tree : trees_)
      for (const std::uint32_t step : tree.keys) steps.insert(step);
    return steps;
  }
  /// Whether so many trees were grown that a search should stop where it is.
  bool exhausted() const { return grown_ >= kMostTrees; }

 private:
  struct Shape {
    const std::vector<std::uint32_t>* steps;
    bool composed;
    ckks::Level highest;  // that it is needed at
    std::uint32_t needs = 0;
  };
  struct Tree {
    std::vector<std::uint32_t> keys;  // one an edge
    std::uint32_t branching = 0;
  };

  Tree grow(const Shape& shape, const StepSet& keyed) {
    static const StepSet kDirect;
    const std::size_t larger = shape.steps->size() / kUsualSteps;
    grown_ += shape.needs * (1 + larger * larger);
    const RotationTree tree = rotation_tree(*shape.steps, shape.composed ? keyed : kDirect, slots_);
    Tree grown{{}, tree.branching};
    for (const auto& edge : tree.edges) grown.keys.push_back(edge.step);
    return grown;
  }
  /// Of all its ciphertexts.
  double need_ms(const StepNeed& need, const Tree& tree) const {
    const auto edges = static_cast<double>(tree.keys.size());
    const double ms = need.kind == StepNeed::Kind::kBabies
                          ? edges * cost_.rotate_hoisted_ms(need.level) +
                                tree.branching * cost_.hoist_ms(need.level)
                          : edges * cost_.rotate_onto_ms(need.level) +
                                tree.branching * cost_.mod_down_ms(need.level);
    return ms * need.ciphertexts;
  }

  double total(const std::vector<const Tree*>& trees) {
    double price = 0;
    for (std::size_t n = 0; n < needs_.size(); ++n)
      price += need_ms(needs_[n], *trees[shape_of_[n]]);
    std::vector<std::uint32_t> keys;
    for (std::size_t s = 0; s < shapes_.size(); ++s)
      for (const std::uint32_t step : trees[s]->keys) {
        if (levels_[step] == 0) keys.push_back(step);
        levels_[step] = std::max(levels_[step], shapes_[s].highest.limbs());
      }
    for (const std::uint32_t step : keys)
      price += weight_ * cost_.key_ms({std::exchange(levels_[step], 0) - 1});
    return price;
  }

  const std::vector<StepNeed>& needs_;
  const CostModel& cost_;
  std::uint32_t slots_;
  double weight_;
  std::vector<Shape> shapes_;
  std::vector<std::size_t> shape_of_;  // each need
  std::vector<std::uint32_t> levels_;  // limbs of each step's key; 0 between calls
  std::vector<Tree> trees_;
  std::uint64_t grown_ = 0;
};

/// Steepest descent: keys are added or taken away, singly or all that a need can do without once
/// one of its steps branches.
class Descent {
 public:
  Descent(const std::vector<StepNeed>& needs, Pricing& price, std::uint32_t slots, StepSet addable)
      : needs_(needs), price_(price), slots_(slots), addable_(std::move(addable)) {}

  std::pair<double, StepSet> from(StepSet keyed) {
    price_(keyed);
    StepSet start = price_.used();
    double price = price_(start);
    while (!price_.exhausted()) {
      best_ = start, best_price_ = price;
      try_fewer(start);
      try_more(start);
      if (best_price_ >= price) break;
      price_(best_);
      start = price_.used();
      price = price_(start);
    }
    return {price, start};
  }

 private:
  void try_fewer(const StepSet& start) {
    for (const std::uint32_t step : start.steps()) try_without(start, StepSet({step}));
    for (const StepNeed& need : needs_)
      for (const std::uint32_t branch : need.steps) {
        StepSet removed;
        for (const std::uint32_t step : need.steps)
          if (start.contains(step) && start.contains((step - branch) & (slots_ - 1)))
            removed.insert(step);
        if (!removed.steps().empty()) try_without(start, removed);
      }
  }
  void try_without(const StepSet& start, const StepSet& removed) {
    StepSet fewer = start;
    for (const std::uint32_t step : removed.steps()) fewer.erase(step);
    consider(price_.without(removed, fewer), fewer);
  }
  void try_more(const StepSet& start) {
    for (const std::uint32_t step : addable_.steps()) {
      if (start.contains(step) || price_.exhausted()) continue;
      StepSet more = start;
      more.insert(step);
      consider(price_(more), more);
    }
  }
  void consider(double price, const StepSet& keyed) {
    if (price < best_price_) best_price_ = price, best_ = keyed;
  }

  const std::vector<StepNeed>& needs_;
  Pricing& price_;
  std::uint32_t slots_;
  StepSet addable_, best_;
  double best_price_ = 0;
};

}  // namespace

std::vector<StepNeed> step_needs(const Program& program) {
  std::vector<StepNeed> needs;
  for (const Step& step : program.steps) {
    const auto* products = std::get_if<op::ProductSums>(&step.operation);
    if (products == nullptr) continue;
    const LinearLayer& layer = program.layers[products->layer];
    const ckks::Level level = program.type(step.first).level;
    add_needs(needs, StepNeed::Kind::kBabies, level, layer.babies);
    add_needs(needs, StepNeed::Kind::kGiants, level, layer.giants);
    if (layer.matrix.form != SlotMatrix::Form::kFolded) continue;
    for (std::uint32_t fold = layer.matrix.out.period(); fold < layer.matrix.out.slots(); fold *= 2)
      needs.push_back({StepNeed::Kind::kFold, {fold}, level, 1});
  }
  return needs;
}

double rotations_price(const std::vector<StepNeed>& needs, const StepSet& keyed,
                       const CostModel& cost, std::uint32_t slots) {
  return Pricing(needs, cost, slots)(keyed);
}

StepSet choose_keys(const std::vector<StepNeed>& needs, const CostModel& cost,
                    std::uint32_t slots) {
  Pricing price(needs, cost, slots), dear_price(needs, cost, slots, kDear);
  StepSet all, doubled;
  for (const StepNeed& need : needs)
    for (const std::uint32_t step : need.steps) all.insert(step);
  StepSet addable = all;
  for (std::uint32_t step = 1; step < slots; step *= 2) addable.insert(step), doubled.insert(step);
  Descent descent(needs, price, slots, addable), dear_descent(needs, dear_price, slots, addable);
  const std::array found{descent.from(all), descent.from(std::move(doubled)),
                         descent.from(dear_descent.from(std::move(all)).second)};
  return std::ranges::min_element(found, {}, [](const auto& end) { return end.first; })->second;
}

}  // namespace veilray::plan
