#pragma once
// From stored bit patterns to an image: Modality LUT, VOI window or LUT, MONOCHROME1; or colour.
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "vision/dicom/attributes.h"
#include "vision/image.h"

namespace veilray::vision::dicom {

/// Samples as they lie in Pixel Data, one word each, bits above High Bit included.
using Patterns = std::vector<std::uint16_t>;

/// The stored value in a pattern: Bits Stored bits below High Bit, sign extended where signed.
std::int32_t stored_value(std::uint16_t pattern, const PixelFormat& format) noexcept;

/// 16-bit grey. Without a window or LUT the stored values are shown in full: from the least to the
/// greatest that occurs (padding aside), or as they are where there are no more than 8 bits.
Image grey_image(const PixelFormat& format, const GreyTransform& transform,
                 std::span<const std::uint16_t> patterns);

/// RGB out of RGB, YBR_FULL or interleaved YBR samples; 8 bits where no more are stored, else 16.
Image colour_image(const PixelFormat& format, std::span<const std::uint16_t> patterns);

/// RGB out of indices; the tables must be there.
Image palette_image(const PixelFormat& format, const std::array<std::optional<Lut>, 3>& palette,
                    std::span<const std::uint16_t> patterns);

}  // namespace veilray::vision::dicom
