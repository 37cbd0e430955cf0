#pragma once
// Which DICOM files are taken, judged by their header alone.
#include "base/error.h"
#include "vision/dicom/attributes.h"
#include "vision/image.h"

namespace veilray::vision::dicom {

/// Fails with kUnsupported: not projection radiography, a lateral view (both unless
/// options.force), several frames.
Status check_kind(const Kind& kind, const LoadOptions& options);

/// Fails with kMalformed or kUnsupported: sizes, sample depth or colours that cannot be.
Status check_format(const PixelFormat& format);

/// True where the header says that the patient stood sideways. A frontal View Position settles it;
/// then the View Code, then the axes of Patient Orientation are asked.
bool is_lateral(const Kind& kind);

}  // namespace veilray::vision::dicom
