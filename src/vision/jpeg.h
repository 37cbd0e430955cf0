#pragma once
// JPEG by libjpeg-turbo: 8-bit grey, YCbCr, RGB, CMYK and YCCK.
#include <cstddef>
#include <span>

#include "base/error.h"
#include "vision/image.h"

namespace veilray::vision {

/// Fails with kMalformed (truncated or corrupt, also where libjpeg would go on with a warning) or
/// kUnsupported (12 bits, lossless, wrong size).
Result<Image> decode_jpeg(std::span<const std::byte> bytes);

}  // namespace veilray::vision
