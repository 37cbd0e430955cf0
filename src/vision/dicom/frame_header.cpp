#include "vision/dicom/frame_header.h"

#include <algorithm>
#include <vector>

#include "base/bytes.h"

namespace veilray::vision::dicom {
namespace {

bool is_frame_header(std::uint8_t marker) {
  constexpr std::uint8_t kHuffmanTable = 0xC4;
  constexpr std::uint8_t kReserved = 0xC8;
  constexpr std::uint8_t kArithmeticTable = 0xCC;
  return marker >= 0xC0 && marker <= 0xCF && marker != kHuffmanTable && marker != kReserved &&
         marker != kArithmeticTable;
}

// Bytes that a packed segment unpacks to.
std::uint64_t unpacked_bytes(std::span<const std::byte> segment) {
  constexpr std::uint8_t kNothing = 128;
  std::uint64_t total = 0;
  for (std::size_t at = 0; at < segment.size();) {
    const auto control = std::to_integer<std::uint8_t>(segment[at]);
    ++at;
    if (control == kNothing) continue;
    const std::size_t taken = control < kNothing ? control + 1U : 1U;
    if (segment.size() - at < taken) break;
    total += control < kNothing ? taken : 257U - control;
    at += taken;
  }
  return total;
}

}  // namespace

std::optional<FrameHeader> jpeg_frame_header(std::span<const std::byte> stream) {
  const auto byte = [stream](std::size_t at) {
    return static_cast<std::uint8_t>(at < stream.size() ? stream[at] : std::byte{0});
  };
  const auto word = [&byte](std::size_t at) -> std::uint32_t {
    return std::uint32_t{byte(at)} << 8 | byte(at + 1);
  };
  constexpr std::uint8_t kStartOfScan = 0xDA;
  constexpr std::size_t kFrameHeaderBytes = 10;
  std::size_t at = 2;  // behind the start-of-image marker
  while (at + kFrameHeaderBytes <= stream.size() && byte(at) == 0xFF) {
    const auto marker = byte(at + 1);
    if (marker == 0xFF) {  // a fill byte
      ++at;
      continue;
    }
    if (is_frame_header(marker)) {
      return FrameHeader{byte(at + 4), word(at + 5), word(at + 7), byte(at + 9)};
    }
    if (marker == kStartOfScan) return std::nullopt;
    at += 2 + word(at + 2);
  }
  return std::nullopt;
}

bool agrees(const FrameHeader& header, const PixelFormat& format) noexcept {
  return header.height == format.rows && header.width == format.columns &&
         header.components == format.samples_per_pixel && header.precision >= 2 &&
         header.precision <= format.bits_allocated;
}

std::uint32_t pattern_shift(std::uint32_t precision, const PixelFormat& format) noexcept {
  return precision > format.bits_stored ? 0U : format.high_bit + 1U - format.bits_stored;
}

bool rle_is_whole(std::span<const std::byte> frame, const PixelFormat& format) {
  constexpr std::size_t kHeaderBytes = 64;
  constexpr std::uint32_t kMaxSegments = 15;
  if (frame.size() < kHeaderBytes) return false;
  ByteReader header(frame.first(kHeaderBytes));
  const auto count = header.read<std::uint32_t>();
  if (count != format.samples_per_pixel * format.bits_allocated / 8U || count > kMaxSegments) {
    return false;
  }
  std::vector<std::size_t> bounds;
  bounds.reserve(count + 1);
  for (std::uint32_t i = 0; i < count; ++i) bounds.push_back(header.read<std::uint32_t>());
  bounds.push_back(frame.size());
  if (bounds.front() < kHeaderBytes || !std::ranges::is_sorted(bounds)) return false;
  const auto pixels = std::uint64_t{format.rows} * format.columns;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto segment = frame.subspan(bounds[i], bounds[i + 1] - bounds[i]);
    if (unpacked_bytes(segment) < pixels) return false;
  }
  return true;
}

}  // namespace veilray::vision::dicom
