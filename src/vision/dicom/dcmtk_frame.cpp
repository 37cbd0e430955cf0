#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcxfer.h>

#include "vision/dicom/admission.h"
#include "vision/dicom/dcmtk_file.h"
#include "vision/dicom/frame_header.h"
#include "vision/dicom/jpeg2000.h"
#include "vision/dicom/jpeg_ls.h"

namespace veilray::vision::dicom {
namespace {

// No codec packs a film tighter; a frame that claims to is cut or hostile.
constexpr std::uint64_t kMaxPixelsPerByte = 2048;

Failure no_pixels() {
  return {ErrorCode::kUnsupported, "the DICOM file has no pixel data", "",
          "give the image object, not a report or a directory"};
}

Failure damaged_dataset() {
  return {ErrorCode::kMalformed, "the pixel data of the DICOM file is truncated or damaged", "",
          "copy or export it again"};
}

bool is_jpeg_ls(E_TransferSyntax syntax) {
  return syntax == EXS_JPEGLSLossless || syntax == EXS_JPEGLSLossy;
}

bool is_jpeg2000(E_TransferSyntax syntax) {
  return syntax == EXS_JPEG2000LosslessOnly || syntax == EXS_JPEG2000;
}

/// What the compressed frame says of itself is what the header says.
bool frame_agrees(std::span<const std::byte> frame, E_TransferSyntax syntax,
                  const PixelFormat& format) {
  if (syntax == EXS_RLELossless) return rle_is_whole(frame, format);
  const auto header = jpeg_frame_header(frame);
  return header && agrees(*header, format);
}

/// All fragments behind the offset table, in a row: with one frame they are that frame.
std::vector<std::byte> join_fragments(DcmPixelSequence& sequence) {
  std::vector<std::byte> joined;
  for (unsigned long i = 1; i < sequence.card(); ++i) {
    DcmPixelItem* item = nullptr;
    Uint8* bytes = nullptr;
    if (sequence.getItem(item, i).bad() || item->getUint8Array(bytes).bad() || bytes == nullptr) {
      return {};
    }
    const auto* from = reinterpret_cast<const std::byte*>(bytes);
    joined.insert(joined.end(), from, from + item->getLength());
  }
  return joined;
}

/// Hue at half the width: Y1 Y2 Cb Cr for two pixels.
Patterns spread_422(const Uint8* bytes, const PixelFormat& format) {
  Patterns patterns;
  patterns.reserve(format.samples());
  for (std::size_t i = 0; i < std::size_t{format.rows} * format.columns; ++i) {
    const auto* pair = bytes + i / 2 * 4;
    patterns.insert(patterns.end(), {pair[i % 2], pair[2], pair[3]});
  }
  return patterns;
}

Result<Patterns> native_patterns(DcmDataset& dataset, const PixelFormat& format) {
  const auto wanted = format.samples();
  unsigned long count = 0;
  if (format.bits_allocated == 16) {
    const Uint16* words = nullptr;
    if (dataset.findAndGetUint16Array(DCM_PixelData, words, &count).bad()) return damaged_dataset();
    if (words == nullptr || count < wanted) return damaged_dataset();
    return Patterns(words, words + wanted);
  }
  const Uint8* bytes = nullptr;
  if (dataset.findAndGetUint8Array(DCM_PixelData, bytes, &count).bad()) return damaged_dataset();
  if (bytes == nullptr) return damaged_dataset();
  if (count >= wanted) return Patterns(bytes, bytes + wanted);
  if (format.photometric == "YBR_FULL_422" && format.columns % 2 == 0 && count >= wanted / 3 * 2) {
    return spread_422(bytes, format);
  }
  return damaged_dataset();
}

}  // namespace

Result<Patterns> DcmtkFile::decode_frame(PixelFormat& format) {
  DcmElement* element = nullptr;
  dataset_->findAndGetElement(DCM_PixelData, element);
  auto* pixels = dynamic_cast<DcmPixelData*>(element);
  if (pixels == nullptr) return no_pixels();
  VEILRAY_CHECK_OK(check_format(format));

  const auto syntax = dataset_->getOriginalXfer();
  if (!DcmXfer(syntax).isEncapsulated()) return native_patterns(*dataset_, format);

  E_TransferSyntax stored = EXS_Unknown;
  const DcmRepresentationParameter* parameter = nullptr;
  DcmPixelSequence* sequence = nullptr;
  pixels->getOriginalRepresentationKey(stored, parameter);
  if (pixels->getEncapsulatedRepresentation(stored, parameter, sequence).bad())
    return damaged_dataset();
  const auto frame = join_fragments(*sequence);
  if (frame.size() * kMaxPixelsPerByte < std::uint64_t{format.rows} * format.columns) {
    return damaged_dataset();
  }
  if (is_jpeg2000(syntax)) {
    format.planar = false;
    return decode_jpeg2000(frame, format);
  }
  if (is_jpeg_ls(syntax)) return decode_jpeg_ls(frame, format);
  if (!frame_agrees(frame, syntax, format)) return damaged_dataset();
  if (dataset_->chooseRepresentation(EXS_LittleEndianExplicit, nullptr).bad())
    return damaged_dataset();
  format = attributes().format;
  VEILRAY_CHECK_OK(check_format(format));
  return native_patterns(*dataset_, format);
}

}  // namespace veilray::vision::dicom
