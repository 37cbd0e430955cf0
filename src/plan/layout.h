#pragma once
// Where the elements of a tensor stand: (channel, row, column) -> (ciphertext, slot).
//
// A layout permutes address bits. Each axis is padded to a power of two, and each bit of an index
// goes either to one bit of the slot number or to one bit of the ciphertext number. Convolution,
// strides and pooling all become statements about bits: a pool over 2x2 windows whose row bit 0 and
// column bit 0 are ciphertext bits is a sum of four ciphertexts and leaves a dense layout behind
// (docs/packing.md).
#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "tensor/tensor.h"

namespace veilray::plan {

enum class Axis : std::uint8_t { kChannel = 0, kRow = 1, kColumn = 2 };

struct AxisBit {
  Axis axis;
  std::uint8_t bit;
  friend auto operator<=>(const AxisBit&, const AxisBit&) = default;
};

/// What a bit of the slot number means.
struct SlotBit {
  enum class Kind : std::uint8_t {
    kAxis,     // a bit of an index
    kHole,     // elements stand only where this bit is 0
    kReplica,  // elements stand at both values
  };
  Kind kind = Kind::kHole;
  AxisBit source{};
  friend bool operator==(const SlotBit&, const SlotBit&) = default;
};

struct Place {
  std::uint32_t ciphertext = 0;
  std::uint32_t slot = 0;
};

class Layout {
 public:
  static constexpr std::size_t kMaxCiphertextBits = 12;

  Layout() = default;
  /// Shape [c, h, w], every extent in [1, 2^16]. Throws Error{kInvalidArgument} unless each index
  /// bit stands exactly once.
  Layout(tensor::Shape shape, std::vector<SlotBit> slot_bits, std::vector<AxisBit> ciphertext_bits);

  /// The text form, lowest bit first, slot bits | ciphertext bits: "x1 x2 y1 y2 c0 - = | y0 x0",
  /// after the shape "4x32x32: ". Fails with kMalformed.
  static Result<Layout> parse(const std::string& text);
  std::string text() const;

  const tensor::Shape& shape() const noexcept { return shape_; }
  std::uint32_t log_slots() const noexcept { return static_cast<std::uint32_t>(slot_bits_.size()); }
  std::uint32_t slots() const noexcept { return 1U << slot_bits_.size(); }
  std::uint32_t ciphertexts() const noexcept { return 1U << ciphertext_bits_.size(); }
  /// The slots repeat with this period: slots() >> number of replica bits at the top.
  std::uint32_t period() const noexcept { return period_; }
  /// The slot bits that tell copies of an element apart: replicas, at the top or below.
  std::uint32_t copy_bits() const noexcept { return copy_bits_; }
  const std::vector<SlotBit>& slot_bits() const noexcept { return slot_bits_; }
  const std::vector<AxisBit>& ciphertext_bits() const noexcept { return ciphertext_bits_; }

  /// The first place of an element; the others differ from it in `copy_bits()`.
  Place place(std::int64_t channel, std::int64_t row, std::int64_t column) const {
    const Place c = part(Axis::kChannel, channel);
    const Place y = part(Axis::kRow, row);
    const Place x = part(Axis::kColumn, column);
    return {c.ciphertext + y.ciphertext + x.ciphertext, c.slot + y.slot + x.slot};
  }
  /// What one index adds to ciphertext and slot number: places are sums over the axes.
  Place part(Axis axis, std::int64_t index) const {
    return parts_[static_cast<std::size_t>(axis)][static_cast<std::size_t>(index)];
  }

  friend bool operator==(const Layout& a, const Layout& b) {
    return a.shape_ == b.shape_ && a.slot_bits_ == b.slot_bits_ &&
           a.ciphertext_bits_ == b.ciphertext_bits_;
  }

 private:
  void check_bits() const;
  void fill_parts();

  tensor::Shape shape_;
  std::vector<SlotBit> slot_bits_;
  std::vector<AxisBit> ciphertext_bits_;
  std::uint32_t period_ = 1, copy_bits_ = 0;
  std::array<std::vector<Place>, 3> parts_;
};

/// Bits that number `extent` things: ceil(log2(extent)).
std::uint32_t index_bits(std::int64_t extent);
/// All numbers made of bits of `mask`.
std::vector<std::uint32_t> sums_of_bits(std::uint32_t mask);

/// The slots of a tensor in `layout`: [ciphertext][slot], zero where nothing stands.
/// Throws: Error{kInvalidArgument} if the shapes differ.
std::vector<std::vector<double>> pack(const tensor::Tensor& tensor, const Layout& layout);
/// The inverse of `pack`, reading the first place of each element.
tensor::Tensor unpack(const std::vector<std::vector<double>>& slots, const Layout& layout);

}  // namespace veilray::plan
