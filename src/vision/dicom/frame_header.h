#pragma once
// The size that a compressed frame claims for itself, read before a codec may believe it.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "vision/dicom/attributes.h"

namespace veilray::vision::dicom {

struct FrameHeader {
  std::uint32_t precision = 0;
  std::uint32_t height = 0;
  std::uint32_t width = 0;
  std::uint32_t components = 0;
};

/// The frame header (SOF) of a JPEG stream; nothing if there is none.
std::optional<FrameHeader> jpeg_frame_header(std::span<const std::byte> stream);

/// The stream's own header says what the DICOM header says.
bool agrees(const FrameHeader& header, const PixelFormat& format) noexcept;

/// How far a decoded sample goes up to lie below High Bit; a stream of all allocated bits stays
/// put.
std::uint32_t pattern_shift(std::uint32_t precision, const PixelFormat& format) noexcept;

/// An RLE frame (PS3.5 annex G) has one segment a byte of a sample, and each unpacks to a byte a
/// pixel. DCMTK fills up what is missing without a word.
bool rle_is_whole(std::span<const std::byte> frame, const PixelFormat& format);

}  // namespace veilray::vision::dicom
