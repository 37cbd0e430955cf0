#include "vision/dicom/structure.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "vision/dicom/inflate.h"

namespace veilray::vision::dicom {
namespace {

constexpr std::size_t kPreambleBytes = 132;
constexpr std::uint32_t kUndefined = 0xFFFFFFFF;
constexpr int kMaxDepth = 32;

constexpr std::uint32_t kTransferSyntaxTag = 0x00020010;
constexpr std::uint32_t kPixelDataTag = 0x7FE00010;
constexpr std::uint32_t kItemTag = 0xFFFEE000;
constexpr std::uint32_t kItemEndTag = 0xFFFEE00D;
constexpr std::uint32_t kSequenceEndTag = 0xFFFEE0DD;

struct Element {
  std::uint32_t tag = 0;
  std::string_view vr = {};  // empty when implicit
  std::uint32_t length = 0;
};

bool has_short_length(std::string_view vr) {
  constexpr std::string_view kShort[] = {"AE", "AS", "AT", "CS", "DA", "DS", "DT",
                                         "FL", "FD", "IS", "LO", "LT", "PN", "SH",
                                         "SL", "SS", "ST", "TM", "UI", "UL", "US"};
  return std::ranges::find(kShort, vr) != std::end(kShort);
}

// Any other VR than these two tables hold is refused: readers disagree on how long its length is.
bool has_long_length(std::string_view vr) {
  constexpr std::string_view kLong[] = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                        "SV", "UC", "UN", "UR", "UT", "UV"};
  return std::ranges::find(kLong, vr) != std::end(kLong);
}

class Walker {
 public:
  Walker(std::span<const std::byte> bytes, Encoding encoding)
      : bytes_(bytes), encoding_(encoding) {}

  /// Elements up to `end`, or up to an item delimiter.
  bool dataset(std::size_t end, bool delimited, int depth);
  /// The next element's head; `position()` then stands at its value.
  bool head(std::size_t end, Element& element);
  std::uint32_t peek_tag() const { return tag_at(position_); }

  std::size_t position() const noexcept { return position_; }
  void skip(std::size_t count) noexcept { position_ += count; }
  bool fits(std::size_t count, std::size_t end) const noexcept { return end - position_ >= count; }

 private:
  bool value(const Element& element, std::size_t end, int depth);
  bool open_value(const Element& element, std::size_t end, int depth);
  bool sequence(std::size_t end, bool delimited, int depth);
  bool fragments(std::size_t end);
  bool item_head(std::size_t end, Element& item);

  std::uint32_t number(std::size_t at, std::size_t count) const;
  std::uint32_t tag_at(std::size_t at) const { return number(at, 2) << 16 | number(at + 2, 2); }

  std::span<const std::byte> bytes_;
  Encoding encoding_;
  std::size_t position_ = 0;
};

std::uint32_t Walker::number(std::size_t at, std::size_t count) const {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto from = encoding_ == Encoding::kExplicitBig ? at + i : at + count - 1 - i;
    value = value << 8 | std::to_integer<std::uint32_t>(bytes_[from]);
  }
  return value;
}

bool Walker::item_head(std::size_t end, Element& item) {
  if (!fits(8, end)) return false;
  item = {tag_at(position_), {}, number(position_ + 4, 4)};
  skip(8);
  return true;
}

bool Walker::head(std::size_t end, Element& element) {
  const bool explicit_vr = encoding_ != Encoding::kImplicitLittle;
  if (!explicit_vr || (fits(8, end) && peek_tag() >> 16 == kItemTag >> 16)) {
    return item_head(end, element);
  }
  if (!fits(8, end)) return false;
  element.tag = peek_tag();
  element.vr = {reinterpret_cast<const char*>(bytes_.data()) + position_ + 4, 2};
  if (has_short_length(element.vr)) {
    element.length = number(position_ + 6, 2);
    skip(8);
    return true;
  }
  if (!has_long_length(element.vr) || !fits(12, end)) return false;
  element.length = number(position_ + 8, 4);
  skip(12);
  return true;
}

bool Walker::value(const Element& element, std::size_t end, int depth) {
  if (element.length == kUndefined) return open_value(element, end, depth);
  if (!fits(element.length, end)) return false;
  const auto value_end = position_ + element.length;
  // Implicit VR does not say what is a sequence; what starts with an item is taken for one.
  const bool implied = element.vr.empty() && element.tag != kPixelDataTag && element.length >= 8 &&
                       peek_tag() == kItemTag;
  if (element.vr == "SQ" || implied) return sequence(value_end, false, depth + 1);
  skip(element.length);
  return true;
}

bool Walker::open_value(const Element& element, std::size_t end, int depth) {
  const bool is_pixels = element.tag == kPixelDataTag;
  if (is_pixels && (element.vr == "OB" || element.vr == "OW")) return fragments(end);
  if (element.vr == "SQ" || (element.vr.empty() && !is_pixels)) {
    return sequence(end, true, depth + 1);
  }
  if (element.vr != "UN") return false;
  // An unknown sequence is implicit inside, whatever is outside.
  const auto outer = std::exchange(encoding_, Encoding::kImplicitLittle);
  const bool good = sequence(end, true, depth + 1);
  encoding_ = outer;
  return good;
}

bool Walker::dataset(std::size_t end, bool delimited, int depth) {
  if (depth > kMaxDepth) return false;
  while (position_ < end) {
    Element element;
    if (!head(end, element)) return false;
    if (delimited && element.tag == kItemEndTag) return true;
    if (element.tag >> 16 == kItemTag >> 16) return false;
    if (!value(element, end, depth)) return false;
  }
  return !delimited;
}

bool Walker::sequence(std::size_t end, bool delimited, int depth) {
  while (position_ < end) {
    Element item;
    if (!item_head(end, item)) return false;
    if (delimited && item.tag == kSequenceEndTag) return true;
    if (item.tag != kItemTag) return false;
    const bool open = item.length == kUndefined;
    if (!open && !fits(item.length, end)) return false;
    if (!dataset(open ? end : position_ + item.length, open, depth)) return false;
  }
  return !delimited;
}

bool Walker::fragments(std::size_t end) {
  while (position_ < end) {
    Element item;
    if (!item_head(end, item)) return false;
    if (item.tag == kSequenceEndTag) return true;
    if (item.tag != kItemTag || !fits(item.length, end)) return false;
    skip(item.length);
  }
  return false;
}

Failure truncated() {
  return {ErrorCode::kMalformed, "the DICOM file is truncated or damaged", "",
          "copy or export it again"};
}

// The file meta information: always Explicit VR Little Endian, group 0002 only.
bool read_meta(std::span<const std::byte> file, std::string& transfer_syntax, std::size_t& end) {
  Walker walker(file, Encoding::kExplicitLittle);
  walker.skip(kPreambleBytes);
  while (walker.fits(8, file.size()) && walker.peek_tag() >> 16 == 2) {
    Element element;
    if (!walker.head(file.size(), element) || !walker.fits(element.length, file.size())) {
      return false;
    }
    if (element.tag == kTransferSyntaxTag) {
      transfer_syntax.assign(reinterpret_cast<const char*>(file.data()) + walker.position(),
                             element.length);
      transfer_syntax.erase(transfer_syntax.find_last_not_of(std::string_view("\0 ", 2)) + 1);
    }
    walker.skip(element.length);
  }
  end = walker.position();
  return true;
}

}  // namespace

bool lengths_fit(std::span<const std::byte> dataset, Encoding encoding) {
  return Walker(dataset, encoding).dataset(dataset.size(), false, 0);
}

Result<Skeleton> read_skeleton(std::span<const std::byte> file) {
  constexpr std::string_view kImplicit = "1.2.840.10008.1.2";
  constexpr std::string_view kExplicit = "1.2.840.10008.1.2.1";
  constexpr std::string_view kDeflated = "1.2.840.10008.1.2.1.99";
  constexpr std::string_view kBigEndian = "1.2.840.10008.1.2.2";

  Skeleton skeleton;
  std::size_t dataset_begin = 0;
  if (file.size() < kPreambleBytes || !read_meta(file, skeleton.transfer_syntax, dataset_begin)) {
    return truncated();
  }
  if (skeleton.transfer_syntax.empty()) {
    return Failure{ErrorCode::kMalformed, "the DICOM file names no transfer syntax", "",
                   "export it again with a complete file header"};
  }
  skeleton.dataset = file.subspan(dataset_begin);
  if (skeleton.transfer_syntax == kImplicit) skeleton.encoding = Encoding::kImplicitLittle;
  if (skeleton.transfer_syntax == kBigEndian) skeleton.encoding = Encoding::kExplicitBig;
  if (skeleton.transfer_syntax == kDeflated) {
    VEILRAY_TRY(inflated, inflate(skeleton.dataset));
    skeleton.inflated = std::move(inflated);
    skeleton.dataset = skeleton.inflated;  // a moved vector keeps its storage
    skeleton.transfer_syntax = kExplicit;
  }
  if (!lengths_fit(skeleton.dataset, skeleton.encoding)) return truncated();
  return skeleton;
}

}  // namespace veilray::vision::dicom
