#pragma once
// DICOM radiographs: DCMTK parses and decompresses, CharLS does JPEG-LS, OpenJPEG JPEG 2000. Only
// pixels leave the parser; of the header, an error line names the modality and the size, no more.
#include <cstddef>
#include <span>

#include "base/error.h"
#include "vision/image.h"

namespace veilray::vision {

/// The film as it is meant to be seen: Modality LUT, first VOI window or LUT (else the full range
/// of the stored values), MONOCHROME1 inverted, colour converted to RGB. Fails with kMalformed
/// (truncated, inconsistent) or kUnsupported (transfer syntax, no pixels, multi-frame, wrong size;
/// another modality or a lateral view unless options.force).
Result<Image> decode_dicom(std::span<const std::byte> bytes, const LoadOptions& options = {});

}  // namespace veilray::vision
