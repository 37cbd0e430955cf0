#include "plan/layout_candidates.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace veilray::plan {
namespace {

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

/// Of an axis of the input, low bits that may stand apart.
constexpr std::uint32_t kMostInputPhases = 3;

/// Where slot bits that nothing needs stand, if channels are below positions.
enum class Spare : std::uint8_t { kLowest, kBelowColumns, kBelowRows };

/// How a tensor is laid out: which bits split off, and what is reserved.
struct Shaping {
  // Low bits of rows and columns that stand apart from their axis.
  std::uint32_t row_phases = 0, column_phases = 0;
  std::uint32_t pool_bits = 0;  // of these, the ones that must number ciphertexts
  std::uint32_t mixed = 0;      // low channel bits, which the next convolution mixes
  // Bits reserved for the whole axes; holes where the shape has fewer.
  std::uint32_t grid_rows = 0, grid_columns = 0;
  bool phases_outside = false;  // all phases number ciphertexts, even where slots have room
  bool tear_groups = false;  // channels that do not fit: low bits of every group, not whole groups
  SlotBit::Kind filler = SlotBit::Kind::kHole;  // of spare slot bits
  std::uint32_t dilation = 0;          // holes below rows and columns: what strides stepped over
  bool fill_holes = false;             // channels that do not fit stand in holes
  bool channels_first = false;         // channels and phases below rows and columns
  Spare spare = Spare::kBelowColumns;  // then
};

/// Columns, then rows, lowest; then the channels, those of a group at the top, where rotations are
/// cyclic; then the phases that fit. Or channels and phases lowest, so that weights, which do not
/// depend on the position, repeat. The rest numbers the ciphertexts.
class LayoutBuilder {
 public:
  LayoutBuilder(const tensor::Shape& shape, std::uint32_t log_slots, const Shaping& shaping)
      : shape_(shape), extents_(shape), log_slots_(log_slots), shaping_(shaping) {}

  /// Nothing, if it takes more ciphertexts than a layout may have, or positions take all slots.
  std::optional<Layout> build() {
    const std::uint32_t rows = std::min(shaping_.row_phases, extents_.row);
    const std::uint32_t columns = std::min(shaping_.column_phases, extents_.column);
    if (shaping_.channels_first) {
      const std::uint32_t positions = std::max(shaping_.grid_columns, extents_.column) - columns +
                                      std::max(shaping_.grid_rows, extents_.row) - rows;
      if (positions >= log_slots_) return std::nullopt;
      room_ = log_slots_ - positions;
      place_channels_and_phases(rows, columns);
      const std::vector<SlotBit> spare(room_ - slot_bits_.size(), {shaping_.filler, {}});
      const auto place_spare = [&](Spare where, auto at) {
        if (shaping_.spare == where) slot_bits_.insert(at, spare.begin(), spare.end());
      };
      room_ = log_slots_;
      place_spare(Spare::kLowest, slot_bits_.begin());
      place_spare(Spare::kBelowColumns, slot_bits_.end());
      place_columns(columns);
      place_spare(Spare::kBelowRows, slot_bits_.end());
      place_rows(rows);
    } else {
      place_columns(columns);
      place_rows(rows);
      place_channels_and_phases(rows, columns);
    }
    if (shaping_.fill_holes) fill_holes();
    slot_bits_.resize(log_slots_, {shaping_.filler, {}});
    if (ciphertext_bits_.size() > Layout::kMaxCiphertextBits) return std::nullopt;
    return Layout(shape_, std::move(slot_bits_), std::move(ciphertext_bits_));
  }

 private:
  void place_columns(std::uint32_t columns) {
    place_holes(shaping_.dilation);
    reserve(Axis::kColumn, columns, extents_.column, shaping_.grid_columns);
  }
  void place_rows(std::uint32_t rows) {
    place_holes(shaping_.dilation);
    reserve(Axis::kRow, rows, extents_.row, shaping_.grid_rows);
  }
  void place_channels_and_phases(std::uint32_t rows, std::uint32_t columns) {
    place_channels();
    place_phases(Axis::kColumn, columns);
    place_phases(Axis::kRow, rows);
  }

  bool full() const { return slot_bits_.size() >= room_; }
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
  void place_holes(std::uint32_t count) {
    for (std::uint32_t hole = 0; hole < count && !full(); ++hole)
      slot_bits_.push_back({SlotBit::Kind::kHole, {}});
  }
  void fill_holes() {
    for (SlotBit& bit : slot_bits_) {
      if (bit.kind != SlotBit::Kind::kHole || ciphertext_bits_.empty()) continue;
      bit = {SlotBit::Kind::kAxis, ciphertext_bits_.back()};
      ciphertext_bits_.pop_back();
    }
  }
  void place_channels() {
    const std::uint32_t mixed = std::min(shaping_.mixed, extents_.channel);
    const auto used = static_cast<std::uint32_t>(slot_bits_.size());
    const std::uint32_t room = room_ > used ? room_ - used : 0;
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
  std::uint32_t room_ = log_slots_;  // slot bits that may be used so far
  Shaping shaping_;
  std::vector<SlotBit> slot_bits_;
  std::vector<AxisBit> ciphertext_bits_;
};

void add_new(std::vector<Layout>& layouts, std::optional<Layout> layout) {
  if (layout && std::find(layouts.begin(), layouts.end(), *layout) == layouts.end())
    layouts.push_back(*std::move(layout));
}

}  // namespace

std::vector<Layout> candidate_layouts(const tensor::Shape& shape, const tensor::Shape& in_shape,
                                      std::int64_t pool,
                                      const std::vector<std::int64_t>& group_sizes,
                                      std::uint32_t dilation, std::uint32_t log_slots) {
  const Extents e(shape), in(in_shape);
  const std::uint32_t pool_bits = index_bits(pool);
  const std::uint32_t most =
      std::max(pool_bits, std::min({std::max(e.row, e.column), pool_bits + 2, 4U}));
  std::vector<Layout> layouts;
  const auto add = [&](const Shaping& shaping) {
    add_new(layouts, LayoutBuilder(shape, log_slots, shaping).build());
  };
  for (std::uint32_t phases = pool_bits; phases <= most; ++phases)
    for (const std::int64_t group : group_sizes)
      for (const bool tear : {false, true})
        for (const bool outside : {false, true})
          for (const bool keep_grid : {false, true})
            for (const auto filler : {SlotBit::Kind::kHole, SlotBit::Kind::kReplica}) {
              Shaping shaping{.row_phases = phases,
                              .column_phases = phases,
                              .pool_bits = pool_bits,
                              .mixed = index_bits(group),
                              .phases_outside = outside,
                              .tear_groups = tear,
                              .filler = filler};
              if (keep_grid) shaping.grid_rows = in.row, shaping.grid_columns = in.column;
              add(shaping);
              shaping.channels_first = true;
              if (filler == SlotBit::Kind::kReplica) continue;
              for (const std::uint32_t columns : std::set{pool_bits, phases})
                for (const Spare spare : {Spare::kBelowColumns, Spare::kBelowRows}) {
                  shaping.column_phases = columns, shaping.spare = spare;
                  add(shaping);
                }
            }
  if (dilation > 0 && pool == 1)
    for (const std::int64_t group : group_sizes)
      for (const bool fill : {false, true})
        for (const auto filler : {SlotBit::Kind::kHole, SlotBit::Kind::kReplica})
          add({.mixed = index_bits(group),
               .filler = filler,
               .dilation = dilation,
               .fill_holes = fill});
  return layouts;
}

std::vector<Layout> candidate_inputs(const tensor::Shape& shape, std::int64_t mixed,
                                     std::uint32_t log_slots) {
  std::vector<Layout> layouts;
  for (const std::uint32_t bits : {Extents(shape).channel, index_bits(mixed)})
    for (const bool channels_first : {false, true})
      for (std::uint32_t rows = 0; rows <= kMostInputPhases; ++rows)
        for (const std::uint32_t columns : std::set{0U, rows})
          add_new(layouts, LayoutBuilder(shape, log_slots,
                                         {.row_phases = rows,
                                          .column_phases = columns,
                                          .mixed = bits,
                                          .filler = SlotBit::Kind::kReplica,
                                          .channels_first = channels_first,
                                          .spare = Spare::kLowest})
                               .build());
  return layouts;
}

}  // namespace veilray::plan
