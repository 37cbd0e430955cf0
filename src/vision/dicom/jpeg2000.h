#pragma once
// JPEG 2000 by OpenJPEG: DCMTK has no codec for it.
#include <cstddef>
#include <span>

#include "base/error.h"
#include "vision/dicom/attributes.h"
#include "vision/dicom/display.h"

namespace veilray::vision::dicom {

/// One frame, a bare codestream or a JP2 file. Interleaved samples, `format.planar` does not count.
/// Fails with kMalformed: damaged, truncated, or of another size than the DICOM header says.
Result<Patterns> decode_jpeg2000(std::span<const std::byte> frame, const PixelFormat& format);

}  // namespace veilray::vision::dicom
