#include "plan/layout.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <set>
#include <sstream>

namespace veilray::plan {
namespace {

constexpr std::int64_t kMaxExtent = 1 << 16;
constexpr std::size_t kMaxLogSlots = 16;
constexpr std::string_view kAxisNames = "cyx";

std::string bit_name(const AxisBit& bit) {
  return fmt::format("{}{}", kAxisNames[static_cast<std::size_t>(bit.axis)], bit.bit);
}

bool parse_axis_bit(std::string_view token, AxisBit& out) {
  if (token.size() < 2 || token.size() > 3) return false;
  const auto axis = kAxisNames.find(token[0]);
  if (axis == std::string_view::npos) return false;
  unsigned bit = 0;
  const auto [end, error] = std::from_chars(token.data() + 1, token.data() + token.size(), bit);
  if (error != std::errc{} || end != token.data() + token.size() || bit > 16) return false;
  out = {static_cast<Axis>(axis), static_cast<std::uint8_t>(bit)};
  return true;
}

Result<tensor::Shape> parse_shape(std::string_view text) {
  tensor::Shape shape;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    std::int64_t extent = 0;
    const auto [next, error] = std::from_chars(at, end, extent);
    if (error != std::errc{} || extent < 1 || extent > kMaxExtent) break;
    shape.push_back(extent);
    if (next == end) {
      if (shape.size() == 3) return shape;
      break;
    }
    if (*next != 'x') break;
    at = next + 1;
  }
  return Failure{ErrorCode::kMalformed, "a layout's shape is not CxHxW",
                 std::string(text.substr(0, 40))};
}

}  // namespace

std::uint32_t index_bits(std::int64_t extent) {
  return static_cast<std::uint32_t>(std::bit_width(static_cast<std::uint64_t>(extent - 1)));
}

std::vector<std::uint32_t> sums_of_bits(std::uint32_t mask) {
  std::vector<std::uint32_t> sums{0};
  for (std::uint32_t bit = 1; bit != 0; bit <<= 1U) {
    if ((mask & bit) == 0) continue;
    const std::size_t count = sums.size();
    for (std::size_t k = 0; k < count; ++k) sums.push_back(sums[k] + bit);
  }
  return sums;
}

Layout::Layout(tensor::Shape shape, std::vector<SlotBit> slot_bits,
               std::vector<AxisBit> ciphertext_bits)
    : shape_(std::move(shape)),
      slot_bits_(std::move(slot_bits)),
      ciphertext_bits_(std::move(ciphertext_bits)) {
  check_bits();
  for (std::uint32_t bit = 0; bit < log_slots(); ++bit)
    if (slot_bits_[bit].kind == SlotBit::Kind::kReplica) copy_bits_ |= 1U << bit;
  period_ = 1U << std::bit_width(~copy_bits_ & (slots() - 1));
  fill_parts();
}

void Layout::check_bits() const {
  const auto refuse = [](const char* why) { throw Error(ErrorCode::kInvalidArgument, why); };
  if (shape_.size() != 3) refuse("a layout needs a shape of three axes");
  if (slot_bits_.size() > kMaxLogSlots || ciphertext_bits_.size() > kMaxCiphertextBits)
    refuse("a layout has too many address bits");
  std::set<AxisBit> seen;
  for (const SlotBit& bit : slot_bits_) {
    if (bit.kind == SlotBit::Kind::kAxis && !seen.insert(bit.source).second)
      refuse("a layout names an index bit twice");
  }
  for (const AxisBit& bit : ciphertext_bits_)
    if (!seen.insert(bit).second) refuse("a layout names an index bit twice");

  std::size_t wanted = 0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    if (shape_[axis] < 1 || shape_[axis] > kMaxExtent)
      refuse("an extent of a layout is out of range");
    const auto bits = index_bits(shape_[axis]);
    wanted += bits;
    for (std::uint8_t bit = 0; bit < bits; ++bit)
      if (!seen.contains({static_cast<Axis>(axis), bit}))
        refuse("a layout leaves an index bit out");
  }
  if (seen.size() != wanted) refuse("a layout names an index bit that its shape has not");
}

void Layout::fill_parts() {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    auto& parts = parts_[axis];
    parts.assign(static_cast<std::size_t>(shape_[axis]), Place{});
    const auto contribution = [&](const AxisBit& source, std::size_t index) {
      return static_cast<std::size_t>(source.axis) == axis && ((index >> source.bit) & 1U) != 0;
    };
    for (std::size_t index = 0; index < parts.size(); ++index) {
      for (std::size_t bit = 0; bit < slot_bits_.size(); ++bit)
        if (slot_bits_[bit].kind == SlotBit::Kind::kAxis &&
            contribution(slot_bits_[bit].source, index))
          parts[index].slot += 1U << bit;
      for (std::size_t bit = 0; bit < ciphertext_bits_.size(); ++bit)
        if (contribution(ciphertext_bits_[bit], index)) parts[index].ciphertext += 1U << bit;
    }
  }
}

std::string Layout::text() const {
  std::string out = fmt::format("{}x{}x{}:", shape_[0], shape_[1], shape_[2]);
  for (const SlotBit& bit : slot_bits_) {
    if (bit.kind == SlotBit::Kind::kAxis) {
      out += " " + bit_name(bit.source);
    } else {
      out += bit.kind == SlotBit::Kind::kHole ? " -" : " =";
    }
  }
  out += " |";
  for (const AxisBit& bit : ciphertext_bits_) out += " " + bit_name(bit);
  return out;
}

Result<Layout> Layout::parse(const std::string& text) {
  const auto malformed = [&](const char* why) {
    return Failure{ErrorCode::kMalformed, why, text.substr(0, 60), "compile the model again"};
  };
  const auto colon = text.find(':');
  if (colon == std::string::npos || text.size() > 256) return malformed("a layout has no shape");
  VEILRAY_TRY(shape, parse_shape(std::string_view(text).substr(0, colon)));
  std::vector<SlotBit> slot_bits;
  std::vector<AxisBit> ciphertext_bits;
  bool behind_bar = false;
  std::istringstream tokens(text.substr(colon + 1));
  for (std::string token; tokens >> token;) {
    AxisBit bit{};
    if (token == "|" && !behind_bar) {
      behind_bar = true;
    } else if (!behind_bar && (token == "-" || token == "=")) {
      slot_bits.push_back({token == "-" ? SlotBit::Kind::kHole : SlotBit::Kind::kReplica, {}});
    } else if (!parse_axis_bit(token, bit)) {
      return malformed("a layout holds an unknown bit");
    } else if (behind_bar) {
      ciphertext_bits.push_back(bit);
    } else {
      slot_bits.push_back({SlotBit::Kind::kAxis, bit});
    }
  }
  if (!behind_bar) return malformed("a layout has no ciphertext bits");
  try {
    return Layout(std::move(shape), std::move(slot_bits), std::move(ciphertext_bits));
  } catch (const Error& error) {
    return malformed(error.what());
  }
}

std::vector<std::vector<double>> pack(const tensor::Tensor& tensor, const Layout& layout) {
  if (tensor.shape != layout.shape())
    throw Error(ErrorCode::kInvalidArgument, "the tensor has another shape than its layout");
  std::vector<std::vector<double>> slots(layout.ciphertexts(),
                                         std::vector<double>(layout.slots(), 0.0));
  const auto copies = sums_of_bits(layout.copy_bits());
  std::size_t at = 0;
  for (std::int64_t c = 0; c < tensor.shape[0]; ++c)
    for (std::int64_t y = 0; y < tensor.shape[1]; ++y)
      for (std::int64_t x = 0; x < tensor.shape[2]; ++x) {
        const Place place = layout.place(c, y, x);
        const double value = static_cast<double>(tensor.data[at++]);
        for (const std::uint32_t copy : copies) slots[place.ciphertext][place.slot + copy] = value;
      }
  return slots;
}

tensor::Tensor unpack(const std::vector<std::vector<double>>& slots, const Layout& layout) {
  auto out = tensor::Tensor::zeros(layout.shape());
  std::size_t at = 0;
  for (std::int64_t c = 0; c < out.shape[0]; ++c)
    for (std::int64_t y = 0; y < out.shape[1]; ++y)
      for (std::int64_t x = 0; x < out.shape[2]; ++x) {
        const Place place = layout.place(c, y, x);
        out.data[at++] = static_cast<float>(slots.at(place.ciphertext).at(place.slot));
      }
  return out;
}

}  // namespace veilray::plan
