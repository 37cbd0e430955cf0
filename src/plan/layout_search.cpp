#include "plan/layout_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "plan/pool_layout.h"

namespace veilray::plan {
namespace {

/// A pair of layouts that needs more is not worth counting.
constexpr std::size_t kMostDiagonals = 20000;

std::vector<AxisBit> axis_bits(Axis axis, std::uint32_t from, std::uint32_t to) {
  std::vector<AxisBit> bits;
  for (std::uint32_t b = from; b < to; ++b) bits.push_back({axis, static_cast<std::uint8_t>(b)});
  return bits;
}

struct Extents {
  std::uint32_t channel, row, column;
  explicit Extents(const tensor::Shape& shape)
      : channel(index_bits(shape[0])), row(index_bits(shape[1])), column(index_bits(shape[2])) {}
};

/// How a tensor is laid out: which bits split off, and what is reserved.
struct Shaping {
  std::uint32_t phases = 0;     // low row and column bits that stand apart from their axis
  std::uint32_t pool_bits = 0;  // of these, the ones that must number ciphertexts
  std::uint32_t mixed = 0;      // low channel bits, which the next convolution mixes
  std::uint32_t grid_rows = 0,
                grid_columns =
                    0;          // bits reserved for the whole axes; holes where the shape has fewer
  bool phases_outside = false;  // all phases number ciphertexts, even where slots have room
  bool tear_groups = false;  // channels that do not fit: low bits of every group, not whole groups
  SlotBit::Kind filler = SlotBit::Kind::kHole;
};

/// Columns, then rows, lowest; then the channels, those of a group at the top, where rotations are
/// cyclic; then the phases that fit. The rest numbers the ciphertexts.
class LayoutBuilder {
 public:
  LayoutBuilder(const tensor::Shape& shape, std::uint32_t log_slots, const Shaping& shaping)
      : shape_(shape), extents_(shape), log_slots_(log_slots), shaping_(shaping) {}

  /// Nothing, if it takes more ciphertexts than a layout may have.
  std::optional<Layout> build() {
    const std::uint32_t rows = std::min(shaping_.phases, extents_.row);
    const std::uint32_t columns = std::min(shaping_.phases, extents_.column);
    reserve(Axis::kColumn, columns, extents_.column, shaping_.grid_columns);
    reserve(Axis::kRow, rows, extents_.row, shaping_.grid_rows);
    place_channels();
    place_phases(Axis::kColumn, columns);
    place_phases(Axis::kRow, rows);
    slot_bits_.resize(log_slots_, {shaping_.filler, {}});
    if (ciphertext_bits_.size() > Layout::kMaxCiphertextBits) return std::nullopt;
    return Layout(shape_, std::move(slot_bits_), std::move(ciphertext_bits_));
  }

 private:
  bool full() const { return slot_bits_.size() >= log_slots_; }
  void place(const AxisBit& bit, bool outside) {
    if (outside || full()) {
      ciphertext_bits_.push_back(bit);
    } else {
      slot_bits_.push_back({SlotBit::Kind::kAxis, bit});
    }
  }
  void reserve(Axis axis, std::uint32_t from, std::uint32_t to, std::uint32_t grid) {
    for (const AxisBit& bit : axis_bits(axis, from, to)) place(bit, false);
    for (std::uint32_t bit = std::max(from, to); bit < grid && !full(); ++bit)
      slot_bits_.push_back({SlotBit::Kind::kHole, {}});
  }
  void place_channels() {
    const std::uint32_t mixed = std::min(shaping_.mixed, extents_.channel);
    const auto used = static_cast<std::uint32_t>(slot_bits_.size());
    const std::uint32_t room = log_slots_ > used ? log_slots_ - used : 0;
    const std::uint32_t excess = extents_.channel > room ? extents_.channel - room : 0;
    const std::uint32_t torn = std::min(shaping_.tear_groups ? excess : 0, mixed);
    const std::uint32_t top = extents_.channel - std::min(excess - torn, extents_.channel - mixed);
    for (const AxisBit& bit : axis_bits(Axis::kChannel, mixed, top)) place(bit, false);
    for (const AxisBit& bit : axis_bits(Axis::kChannel, torn, mixed)) place(bit, false);
    for (const AxisBit& bit : axis_bits(Axis::kChannel, top, extents_.channel)) place(bit, true);
    for (const AxisBit& bit : axis_bits(Axis::kChannel, 0, torn)) place(bit, true);
  }
  void place_phases(Axis axis, std::uint32_t phases) {
    for (const AxisBit& bit : axis_bits(axis, 0, phases))
      place(bit, shaping_.phases_outside || bit.bit < shaping_.pool_bits);
  }

  const tensor::Shape& shape_;
  Extents extents_;
  std::uint32_t log_slots_;
  Shaping shaping_;
  std::vector<SlotBit> slot_bits_;
  std::vector<AxisBit> ciphertext_bits_;
};

void add_new(std::vector<Layout>& layouts, std::optional<Layout> layout) {
  if (layout && std::find(layouts.begin(), layouts.end(), *layout) == layouts.end())
    layouts.push_back(*std::move(layout));
}

/// The dynamic programme: for each candidate of a stage's result, the cheapest way to it.
struct Way {
  Layout out;
  double price = std::numeric_limits<double>::infinity();
  std::size_t from = 0;  // candidate of the stage before
  StepSplit split;
};

Layout after_pool(const Layout& out, std::int64_t pool) {
  return pool == 1 ? out : pool_layout(out, pool).value().layout;
}

/// The stage whose activation and pool the result of stage s meets: itself, or the one that gates
/// it.
std::size_t leaves_through(const std::vector<Stage>& stages, std::size_t s) {
  const bool gated = s + 2 < stages.size() && stages[s + 2].gates == s;
  return gated ? s + 2 : s;
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
                           log_slots);
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

/// One step of the dynamic programme.
class Extension {
 public:
  Extension(const std::vector<Stage>& stages, std::size_t s, const CostModel& cost,
            ckks::Level level, const std::vector<Way>& before)
      : stage_(stages[s]),
        pool_before_(s == 0 ? 1 : stages[s - 1].pool),
        cost_(cost),
        level_(level),
        before_(before) {}

  /// The cheapest way to `out` from one of the ways [begin, end) before; its price is infinite if
  /// there is none.
  Way to(const Layout& out, std::size_t begin, std::size_t end) const {
    const auto form = stage_.folded ? SlotMatrix::Form::kFolded : SlotMatrix::Form::kPlaced;
    Way best{out, std::numeric_limits<double>::infinity(), 0, {}};
    for (std::size_t b = begin; b < end; ++b) {
      const SlotMatrix matrix{{stage_.op.in_shape, stage_.op.out_shape, stage_.op.taps, {}, {}, {}},
                              input_after(before_[b].out),
                              out,
                              form,
                              !stage_.folded};
      const double fixed = before_[b].price + elementwise_price(stage_, out, cost_, level_);
      if (fixed >= best.price || matrix.diagonals_at_most() > kMostDiagonals) continue;
      const auto diagonals = matrix.diagonals();
      const double floor = fixed +
                           static_cast<double>(diagonals.size()) * cost_.product_ms(level_) +
                           rotations_at_least(diagonals) * cost_.rotate_hoisted_ms(level_);
      if (floor >= best.price) continue;
      const auto price = [&](const SplitCost& counts) {
        return fixed + cost_.layer_ms(counts, level_);
      };
      const StepSplit split = cheapest_split(diagonals, out.slots(), price);
      const double found = price(count_steps(diagonals, split, out.slots()));
      if (found < best.price) best = {out, found, b, split};
    }
    return best;
  }

 private:
  Layout input_after(const Layout& before) const {
    const Layout pooled = after_pool(before, pool_before_);
    return stage_.stacks_squares ? stacked_layout(pooled) : pooled;
  }

  const Stage& stage_;
  std::int64_t pool_before_;
  const CostModel& cost_;
  ckks::Level level_;
  const std::vector<Way>& before_;
};

void keep(std::vector<Way>& ways, Way way) {
  if (std::isfinite(way.price)) ways.push_back(std::move(way));
}

/// `table[k]`: the ways to the results of stage k - 1. A gate is laid out as what it multiplies, so
/// between the two every way is kept, not only the cheapest to each layout.
std::vector<Way> extend(const std::vector<std::vector<Way>>& table,
                        const std::vector<Stage>& stages, std::size_t s, const CostModel& cost,
                        std::uint32_t log_slots, ckks::Level level) {
  const std::vector<Way>& before = table[s];
  const Extension extension(stages, s, cost, level, before);
  const bool makes_gate = s + 1 < stages.size() && stages[s + 1].gates.has_value();
  std::vector<Way> ways;
  if (!stages[s].gates && !makes_gate) {
    for (const Layout& out : stage_candidates(stages, s, log_slots))
      keep(ways, extension.to(out, 0, before.size()));
    return ways;
  }
  for (std::size_t b = 0; b < before.size(); ++b) {
    if (stages[s].gates) {
      keep(ways, extension.to(table[*stages[s].gates + 1][before[b].from].out, b, b + 1));
      continue;
    }
    for (const Layout& out : stage_candidates(stages, s, log_slots))
      keep(ways, extension.to(out, b, b + 1));
  }
  return ways;
}

}  // namespace

std::vector<Layout> candidate_layouts(const tensor::Shape& shape, const tensor::Shape& in_shape,
                                      std::int64_t pool,
                                      const std::vector<std::int64_t>& group_sizes,
                                      std::uint32_t log_slots) {
  const Extents e(shape), in(in_shape);
  const std::uint32_t pool_bits = index_bits(pool);
  const std::uint32_t most =
      std::max(pool_bits, std::min({std::max(e.row, e.column), pool_bits + 2, 4U}));
  std::vector<Layout> layouts;
  for (std::uint32_t phases = pool_bits; phases <= most; ++phases)
    for (const std::int64_t group : group_sizes)
      for (const bool tear : {false, true})
        for (const bool outside : {false, true})
          for (const bool keep_grid : {false, true}) {
            Shaping shaping{phases,  pool_bits, index_bits(group),   0, 0,
                            outside, tear,      SlotBit::Kind::kHole};
            if (keep_grid) shaping.grid_rows = in.row, shaping.grid_columns = in.column;
            add_new(layouts, LayoutBuilder(shape, log_slots, shaping).build());
          }
  return layouts;
}

std::vector<Layout> candidate_inputs(const tensor::Shape& shape, std::uint32_t log_slots) {
  std::vector<Layout> layouts;
  const Extents e(shape);
  for (std::uint32_t phases = 0; phases <= 3; ++phases)
    add_new(layouts,
            LayoutBuilder(shape, log_slots,
                          {phases, 0, e.channel, 0, 0, false, false, SlotBit::Kind::kReplica})
                .build());
  return layouts;
}

std::optional<Packing> choose_packing(const std::vector<Stage>& stages, const CostModel& cost,
                                      std::uint32_t log_slots, ckks::Level first) {
  std::vector<std::vector<Way>> table(1);
  for (Layout& input : candidate_inputs(stages.front().op.in_shape, log_slots))
    table[0].push_back({std::move(input), 0.0, 0, {}});
  ckks::Level level = first;
  for (std::size_t s = 0; s < stages.size(); ++s) {
    table.push_back(extend(table, stages, s, cost, log_slots, level));
    level = {level.value - std::min(level.value, stages[s].levels())};
  }

  if (table.back().empty()) return std::nullopt;
  Packing packing;
  packing.price_ms = table.back().front().price;
  std::size_t at = 0;
  for (std::size_t s = stages.size(); s > 0; --s) {
    const Way& way = table[s][at];
    packing.out.insert(packing.out.begin(), way.out);
    packing.splits.insert(packing.splits.begin(), way.split);
    at = way.from;
  }
  packing.input = table[0][at].out;
  return packing;
}

}  // namespace veilray::plan
