#include "vision/dicom.h"

#include <algorithm>

#include "vision/dicom/admission.h"
#include "vision/dicom/dcmtk_file.h"
#include "vision/dicom/display.h"
#include "vision/dicom/structure.h"

namespace veilray::vision {

Result<Image> decode_dicom(std::span<const std::byte> bytes, const LoadOptions& options) {
  VEILRAY_TRY(skeleton, dicom::read_skeleton(bytes));
  VEILRAY_TRY(file, dicom::DcmtkFile::open(skeleton));
  const auto attributes = file.attributes();
  VEILRAY_CHECK_OK(dicom::check_kind(attributes.kind, options));
  auto format = attributes.format;
  VEILRAY_TRY(patterns, file.decode_frame(format));

  if (format.samples_per_pixel == 3) return dicom::colour_image(format, patterns);
  if (format.photometric != "PALETTE COLOR") {
    return dicom::grey_image(format, attributes.grey, patterns);
  }
  const auto& palette = attributes.palette;
  if (!std::ranges::all_of(palette, [](const auto& lut) { return lut.has_value(); })) {
    return Failure{ErrorCode::kMalformed, "the colour tables of the DICOM file are missing", "",
                   "export it as MONOCHROME2 or RGB"};
  }
  return dicom::palette_image(format, palette, patterns);
}

}  // namespace veilray::vision
