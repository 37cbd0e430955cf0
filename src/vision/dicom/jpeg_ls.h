#pragma once
// JPEG-LS by CharLS: the copy inside DCMTK ends the whole program on damaged frames (an assertion).
#include <cstddef>
#include <span>

#include "base/error.h"
#include "vision/dicom/attributes.h"
#include "vision/dicom/display.h"

namespace veilray::vision::dicom {

/// One frame. `format.planar` is set to how the samples of the result lie.
/// Fails with kMalformed: damaged, truncated, or of another size than the DICOM header says.
Result<Patterns> decode_jpeg_ls(std::span<const std::byte> frame, PixelFormat& format);

}  // namespace veilray::vision::dicom
