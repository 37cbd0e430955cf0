#include "plan/layout_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "plan/layout_candidates.h"
#include "plan/operator_prices.h"
#include "plan/pool_layout.h"

namespace veilray::plan {
namespace {

/// A pair of layouts that needs more for each image is not worth counting. Where a stage has no
/// other, because its tensors are large, more are allowed.
constexpr std::array<std::size_t, 2> kMostDiagonals{20000, 1000000};

/// The dynamic programme: for each candidate of a stage's result, the cheapest way to it.
struct Way {
  Layout out;
  std::size_t candidate = 0;  // which of the result's candidates `out` is
  double price = std::numeric_limits<double>::infinity();
  std::size_t from = 0;  // way to the result before
  StepSplit split;
  std::vector<StepSplit> shortcuts;
};
/// By result (ResultId).
using Table = std::vector<std::vector<Way>>;

/// Of a result only the cheapest are gone on with: a quarter as many, and all, gave plans of the
/// same price for each backbone.
constexpr std::size_t kMostWays = 128;

/// The part of way `w` to result `at` that led to result `wanted`.
const Way& ancestor(const Table& table, std::size_t at, std::size_t w, std::size_t wanted) {
  for (; at > wanted; --at) w = table[at][w].from;
  return table[at][w];
}

Layout after_pool(const Layout& out, std::int64_t pool) {
  return pool == 1 ? out : pool_layout(out, pool).value().layout;
}

/// The stage whose activation and pool the result of stage s meets: itself, or the one that gates
/// it.
std::size_t leaves_through(const std::vector<Stage>& stages, std::size_t s) {
  const bool gated = s + 2 < stages.size() && stages[s + 2].gates == s;
  return gated ? s + 2 : s;
}

/// Along the rows.
std::int64_t stride_of(const LinearOperator& op) {
  std::array<std::int64_t, 2> first{-1, -1};  // input that the first weight meets, by output
  const std::int32_t weight = op.taps[1].empty() ? 0 : op.taps[1].back().weight;
  for (const Tap& tap : op.taps[1])
    if (const std::int64_t last = op.out_shape[1] - 1; tap.weight == weight && tap.out >= last - 1)
      first[static_cast<std::size_t>(tap.out - last + 1)] = tap.in;
  return first[0] < 0 || first[1] < 0 ? 1 : first[1] - first[0];
}

/// log2 of the strides up to stage s, where they are powers of two.
std::uint32_t dilation(const std::vector<Stage>& stages, std::size_t s) {
  std::uint32_t log = 0;
  for (std::size_t t = 0; t <= s; ++t)
    if (const auto stride = stride_of(stages[t].op); stride > 1) log += index_bits(stride);
  return log;
}

std::vector<Layout> stage_candidates(const std::vector<Stage>& stages, std::size_t s,
                                     std::uint32_t log_slots) {
  if (stages[s].folded) {
    const std::int64_t outputs = stages[s].out_shape()[0];
    if (index_bits(outputs) > log_slots) return {};
    return {output_layout(outputs, log_slots)};
  }
  const std::size_t through = leaves_through(stages, s);
  const auto& own = stages[s].op;
  const auto& next = stages[through + 1].op;
  // Taps per channel: how many outputs one input feeds, how many inputs one output mixes.
  const auto fed = static_cast<std::int64_t>(own.taps[0].size()) / own.in_shape[0];
  const auto mixed = static_cast<std::int64_t>(next.taps[0].size()) / next.out_shape[0];
  return candidate_layouts(stages[s].out_shape(), own.in_shape, stages[through].pool, {mixed, fed},
                           dilation(stages, s), log_slots);
}

/// Squares and products of ciphertexts, relinearisations and rescales that the result's ciphertexts
/// cost.
double elementwise_price(const Stage& stage, const Layout& out, const CostModel& cost,
                         ckks::Level level) {
  double price = out.ciphertexts() * cost.rescale_ms(level);
  if (level.value == 0) return price;
  const ckks::Level below{level.value - 1};
  const double down = cost.relinearize_ms(below) + cost.rescale_ms(below);
  const double products = (stage.cubic ? 2 : 0) + (stage.gates ? 1 : 0);
  price += products * out.ciphertexts() * (cost.square_ms(below) + down);
  if (stage.activation) {
    const double sums = out.ciphertexts() / static_cast<double>(stage.pool * stage.pool);
    price += out.ciphertexts() * cost.square_ms(below) + sums * down;
  }
  return price;
}

/// One step of the dynamic programme: from the ways to result s to those to the result of stage s.
class Extension {
 public:
  Extension(const Table& table, const std::vector<Stage>& stages, std::size_t s,
            const CostModel& cost, std::uint32_t log_slots, ckks::Level level, std::size_t most,
            CountedOperators& counted, BestSplits& best)
      : table_(table), stages_(stages), s_(s), cost_(cost), level_(level) {
    const Stage& stage = stages[s];
    operators_.push_back({s, OperatorPrices(stage.op, stage, cost, level, most, counted, best)});
    for (const Shortcut& shortcut : stage.shortcuts)
      operators_.push_back({shortcut.from.value,
                            OperatorPrices(shortcut.op, stage, cost, level, most, counted, best)});
    if (!stage.gates) layouts_ = stage_candidates(stages, s, log_slots);
  }

  /// The cheapest way to each candidate and for each choice of the layouts that later stages will
  /// meet again.
  std::vector<Way> ways() {
    std::map<std::vector<std::size_t>, std::vector<std::size_t>> groups;
    const std::vector<std::size_t> held = held_results();
    for (std::size_t b = 0; b < table_[s_].size(); ++b) {
      std::vector<std::size_t> choice;
      for (const std::size_t result : held)
        choice.push_back(ancestor(table_, s_, b, result).candidate);
      groups[choice].push_back(b);
    }
    std::vector<Target> targets;
    for (const auto& [choice, before] : groups)
      for (const auto& [candidate, layout] : candidates(before.front()))
        if (Target target = bounded(candidate, *layout, before); !target.ways.empty())
          targets.push_back(std::move(target));
    std::ranges::sort(targets, {}, [](const Target& target) { return target.ways.front().first; });

    std::vector<Way> ways;
    std::multiset<double> kept;
    for (const Target& target : targets) {
      const bool full = kept.size() == kMostWays;
      if (full && target.ways.front().first >= *kept.rbegin()) break;
      ways.push_back(cheapest(target));
      kept.insert(ways.back().price);
      if (full) kept.erase(std::prev(kept.end()));
    }
    std::erase_if(ways, [&](const Way& way) { return way.price > *kept.rbegin(); });
    return ways;
  }

 private:
  struct Candidate {
    std::size_t index;
    const Layout* layout;
  };
  /// A result to be reached, and from where: the most promising first.
  struct Target {
    std::size_t candidate;
    const Layout* out;
    double elementwise;
    std::vector<std::pair<double, std::size_t>> ways;  // no price is below; to the result before
  };

  /// Results before this stage's that it or later stages are laid out as, or read again.
  std::vector<std::size_t> held_results() const {
    std::set<std::size_t> held;
    for (std::size_t later = s_; later < stages_.size(); ++later) {
      const bool is_later = later > s_;
      if (const auto gated = stages_[later].gates; gated && *gated + 1 <= s_)
        held.insert(*gated + 1);
      for (const Shortcut& shortcut : stages_[later].shortcuts)
        if (is_later && shortcut.from.value <= s_) held.insert(shortcut.from.value);
    }
    return {held.begin(), held.end()};
  }

  /// A gate is laid out as what it multiplies.
  std::vector<Candidate> candidates(std::size_t before) const {
    if (const auto gated = stages_[s_].gates) {
      const Way& way = ancestor(table_, s_, before, *gated + 1);
      return {{way.candidate, &way.out}};
    }
    std::vector<Candidate> all;
    for (const Layout& layout : layouts_) all.push_back({all.size(), &layout});
    return all;
  }

  Target bounded(std::size_t candidate, const Layout& out, const std::vector<std::size_t>& before) {
    Target target{candidate, &out, elementwise_price(stages_[s_], out, cost_, level_), {}};
    for (const std::size_t b : before) {
      double least = table_[s_][b].price + target.elementwise;
      for (Operand& operand : operators_) {
        const Way& way = ancestor(table_, s_, b, operand.result);
        const OperatorPrices::Pair pair{way.candidate, candidate};
        if (!operand.prices.knows(pair)) operand.prices.add(pair, layout_of(operand, way), out);
        least += operand.prices.at_least(pair);
      }
      if (std::isfinite(least)) target.ways.emplace_back(least, b);
    }
    std::ranges::sort(target.ways);
    return target;
  }

  Way cheapest(const Target& target) {
    const std::size_t candidate = target.candidate;
    Way best{*target.out, candidate, std::numeric_limits<double>::infinity(), 0, {}, {}};
    for (const auto& [least, b] : target.ways) {
      if (least >= best.price) break;
      double price = table_[s_][b].price + target.elementwise;
      for (Operand& operand : operators_) {
        const Way& way = ancestor(table_, s_, b, operand.result);
        price += operand.prices.price({way.candidate, candidate});
      }
      if (price < best.price) best.price = price, best.from = b;
    }
    for (const Operand& operand : operators_) {
      const Way& way = ancestor(table_, s_, best.from, operand.result);
      best.shortcuts.push_back(operand.prices.split({way.candidate, candidate}));
    }
    best.split = best.shortcuts.front();
    best.shortcuts.erase(best.shortcuts.begin());
    return best;
  }

  struct Operand {
    std::size_t result;  // that it reads
    OperatorPrices prices;
  };

  Layout layout_of(const Operand& operand, const Way& way) const {
    const Layout pooled =
        operand.result == 0 ? way.out : after_pool(way.out, stages_[operand.result - 1].pool);
    const bool is_main = &operand == &operators_.front();
    return is_main && stages_[s_].stacks_squares ? stacked_layout(pooled) : pooled;
  }

  const Table& table_;
  const std::vector<Stage>& stages_;
  std::size_t s_;
  const CostModel& cost_;
  ckks::Level level_;
  std::vector<Layout> layouts_;     // that the result may have; none for a gate
  std::vector<Operand> operators_;  // of the stage: its own, then its shortcuts
};

/// Those that take the fewest ciphertexts: every one is sent.
std::vector<Layout> smallest_inputs(const LinearOperator& first, std::uint32_t log_slots) {
  const auto mixed = static_cast<std::int64_t>(first.taps[0].size()) / first.out_shape[0];
  auto inputs = candidate_inputs(first.in_shape, mixed, log_slots);
  std::uint32_t fewest = std::numeric_limits<std::uint32_t>::max();
  for (const Layout& input : inputs) fewest = std::min(fewest, input.ciphertexts());
  std::erase_if(inputs, [&](const Layout& input) { return input.ciphertexts() > fewest; });
  return inputs;
}

}  // namespace

std::optional<Packing> choose_packing(const std::vector<Stage>& stages, const CostModel& cost,
                                      std::uint32_t log_slots, ckks::Level first,
                                      CountedOperators& counted) {
  Table table(1);
  for (Layout& input : smallest_inputs(stages.front().op, log_slots))
    table[0].push_back({std::move(input), table[0].size(), 0.0, 0, {}, {}});
  BestSplits best;
  ckks::Level level = first;
  for (std::size_t s = 0; s < stages.size(); ++s) {
    std::vector<Way> ways;
    for (const std::size_t most : kMostDiagonals)
      if (ways.empty())
        ways = Extension(table, stages, s, cost, log_slots, level, most, counted, best).ways();
    table.push_back(std::move(ways));
    level = {level.value - std::min(level.value, stages[s].levels())};
  }

  if (table.back().empty()) return std::nullopt;
  Packing packing;
  std::size_t at = static_cast<std::size_t>(
      std::ranges::min_element(table.back(), {}, &Way::price) - table.back().begin());
  packing.price_ms = table.back()[at].price;
  for (std::size_t s = stages.size(); s > 0; --s) {
    Way& way = table[s][at];
    packing.stages.insert(packing.stages.begin(),
                          {std::move(way.out), way.split, 0.0, std::move(way.shortcuts)});
    at = way.from;
  }
  packing.input = table[0][at].out;
  return packing;
}

}  // namespace veilray::plan
