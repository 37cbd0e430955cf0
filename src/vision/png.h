#pragma once
// PNG by libpng: 1 to 16 bits, grey, palette and RGB; alpha is dropped.
#include <cstddef>
#include <span>
#include <vector>

#include "base/error.h"
#include "vision/image.h"

namespace veilray::vision {

/// Fails with kMalformed (truncated, bad checksum, more pixels declared than the data can hold) or
/// kUnsupported (animated, wrong size).
Result<Image> decode_png(std::span<const std::byte> bytes);

/// 8 bits a sample where max_value is 255, else 16 (samples rescaled to 65535).
std::vector<std::byte> write_png(const Image& image);

}  // namespace veilray::vision
