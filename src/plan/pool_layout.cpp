#include "plan/pool_layout.h"

#include <algorithm>

namespace veilray::plan {

std::optional<PooledLayout> pool_layout(const Layout& layout, std::int64_t window) {
  const auto& shape = layout.shape();
  const std::uint32_t window_bits = index_bits(window);
  const tensor::Shape pooled{shape[0], shape[1] / window, shape[2] / window};
  const auto is_window_bit = [&](const AxisBit& b) {
    return b.axis != Axis::kChannel && b.bit < window_bits;
  };
  const auto shifted = [&](AxisBit b) {
    if (b.axis != Axis::kChannel) b.bit = static_cast<std::uint8_t>(b.bit - window_bits);
    return b;
  };
  // A bit that the smaller shape no longer needs is always 0.
  const auto is_spare = [&](const AxisBit& b) {
    return b.bit >= index_bits(pooled[static_cast<std::size_t>(b.axis)]);
  };

  std::vector<SlotBit> slot_bits = layout.slot_bits();
  for (SlotBit& bit : slot_bits) {
    if (bit.kind != SlotBit::Kind::kAxis) continue;
    if (is_window_bit(bit.source)) return std::nullopt;
    bit.source = shifted(bit.source);
    if (is_spare(bit.source)) bit = {SlotBit::Kind::kHole, {}};
  }
  std::vector<AxisBit> kept;
  std::vector<std::uint32_t> kept_values, window_values;
  for (std::uint32_t position = 0; position < layout.ciphertext_bits().size(); ++position) {
    const AxisBit bit = layout.ciphertext_bits()[position];
    if (is_window_bit(bit)) {
      window_values.push_back(1U << position);
    } else if (!is_spare(shifted(bit))) {
      kept.push_back(shifted(bit));
      kept_values.push_back(1U << position);
    }
  }

  const auto subset_sum = [](const std::vector<std::uint32_t>& values, std::uint32_t subset) {
    std::uint32_t sum = 0;
    for (std::uint32_t k = 0; k < values.size(); ++k)
      if (((subset >> k) & 1U) != 0) sum += values[k];
    return sum;
  };
  PooledLayout result{Layout(pooled, std::move(slot_bits), std::move(kept)), {}};
  for (std::uint32_t ct = 0; ct < result.layout.ciphertexts(); ++ct) {
    auto& group = result.groups.emplace_back();
    for (std::uint32_t w = 0; w < (1U << window_values.size()); ++w)
      group.push_back(subset_sum(kept_values, ct) + subset_sum(window_values, w));
  }
  return result;
}

Layout stacked_layout(const Layout& layout) {
  const auto& shape = layout.shape();
  auto ciphertext_bits = layout.ciphertext_bits();
  ciphertext_bits.push_back({Axis::kChannel, static_cast<std::uint8_t>(index_bits(shape[0]))});
  return Layout({2 * shape[0], shape[1], shape[2]}, layout.slot_bits(), std::move(ciphertext_bits));
}

}  // namespace veilray::plan
