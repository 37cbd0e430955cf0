#pragma once
// The chunk list of a PNG, walked before libpng sees a byte: it tells animated files apart and
// bounds the pixels by the data that is there.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"

namespace veilray::vision {

struct PngHeader {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint8_t bit_depth = 0;
  std::uint8_t colour_type = 0;
};

/// Fails with kMalformed (truncated, no IHDR, IDAT or IEND, less data than the pixels need) or
/// kUnsupported (animated, wrong size).
Result<PngHeader> check_png_chunks(std::span<const std::byte> bytes);

}  // namespace veilray::vision
