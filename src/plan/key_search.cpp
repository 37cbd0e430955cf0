#include "plan/key_search.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

namespace veilray::plan {
namespace {

/// How much dearer keys are where the search from few of them begins.
constexpr double kDear = 4;

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

/// Prices sets of keys, one after the other; `weight`: of the keys' own price.
class Pricing {
 public:
  Pricing(const std::vector<StepNeed>& needs, const CostModel& cost, std::uint32_t slots,
          double weight = 1)
      : needs_(needs), cost_(cost), slots_(slots), weight_(weight) {}

  double operator()(const StepSet& keyed) {
    levels_.clear();
    double price = 0;
    for (const StepNeed& need : needs_) price += need.ciphertexts * one_ciphertext(need, keyed);
    for (const auto& [step, level] : levels_) price += weight_ * cost_.key_ms(level);
    return price;
  }

  /// Of the last set, those that any rotation uses.
  StepSet used() const {
    StepSet steps;
    for (const auto& [step, level] : levels_) steps.insert(step);
    return steps;
  }

 private:
  double one_ciphertext(const StepNeed& need, const StepSet& keyed) {
    static const StepSet kDirect;
    const bool composed = need.kind != StepNeed::Kind::kFold;
    const RotationTree tree = rotation_tree(need.steps, composed ? keyed : kDirect, slots_);
    for (const auto& edge : tree.edges) {
      auto& level = levels_.try_emplace(edge.step, need.level).first->second;
      level = std::max(level, need.level);
    }
    const auto edges = static_cast<double>(tree.edges.size());
    if (need.kind == StepNeed::Kind::kBabies)
      return edges * cost_.rotate_hoisted_ms(need.level) +
             tree.branching * cost_.hoist_ms(need.level);
    return edges * cost_.rotate_onto_ms(need.level) +
           tree.branching * cost_.mod_down_ms(need.level);
  }

  const std::vector<StepNeed>& needs_;
  const CostModel& cost_;
  std::uint32_t slots_;
  double weight_;
  std::map<std::uint32_t, ckks::Level> levels_;
};

/// Steepest descent: keys are added or taken away, singly or all that a need can do without once
/// one of its steps branches.
class Descent {
 public:
  Descent(const std::vector<StepNeed>& needs, Pricing& price, std::uint32_t slots, StepSet addable)
      : needs_(needs), price_(price), slots_(slots), addable_(std::move(addable)) {}

  std::pair<double, StepSet> from(StepSet keyed) {
    best_ = std::move(keyed);
    best_price_ = price_(best_);
    best_ = price_.used();
    while (step()) {
    }
    return {best_price_, best_};
  }

 private:
  bool step() {
    const StepSet start = best_;
    const double before = best_price_;
    for (const std::uint32_t step : start.steps()) {
      StepSet fewer = start;
      fewer.erase(step);
      consider(fewer);
    }
    for (const StepNeed& need : needs_)
      for (const std::uint32_t branch : need.steps) {
        StepSet fewer = start;
        for (const std::uint32_t step : need.steps)
          if (start.contains((step - branch) & (slots_ - 1))) fewer.erase(step);
        consider(fewer);
      }
    for (const std::uint32_t step : addable_.steps()) {
      if (start.contains(step)) continue;
      StepSet more = start;
      more.insert(step);
      consider(more);
    }
    return best_price_ < before;
  }

  void consider(const StepSet& keyed) {
    const double found = price_(keyed);
    if (found < best_price_) best_price_ = found, best_ = price_.used();
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
