#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <dcmtk/dcmdata/dcsequen.h>

#include <cmath>

#include "vision/dicom/dcmtk_file.h"

namespace veilray::vision::dicom {
namespace {

std::string text(DcmItem& item, const DcmTagKey& tag, unsigned long position = 0) {
  OFString value;
  if (item.findAndGetOFString(tag, value, position).bad()) return {};
  std::string out(value.c_str(), value.length());
  const auto begin = out.find_first_not_of(' ');
  if (begin == std::string::npos) return {};
  return out.substr(begin, out.find_last_not_of(' ') + 1 - begin);
}

/// US, SS or the either-or of tables and padding: the 16 bits as they stand.
std::optional<std::uint16_t> word(DcmItem& item, const DcmTagKey& tag, unsigned long position = 0) {
  Uint16 plain = 0;
  if (item.findAndGetUint16(tag, plain, position).good()) return plain;
  Sint16 with_sign = 0;
  if (item.findAndGetSint16(tag, with_sign, position).good()) {
    return static_cast<std::uint16_t>(with_sign);
  }
  return std::nullopt;
}

/// A sane number: the arithmetic behind stays finite.
std::optional<double> number(DcmItem& item, const DcmTagKey& tag) {
  constexpr double kLargest = 1e12;
  Float64 value = 0;
  if (item.findAndGetFloat64(tag, value).bad()) return std::nullopt;
  if (!std::isfinite(value) || std::abs(value) > kLargest) return std::nullopt;
  return value;
}

PixelFormat read_format(DcmItem& item) {
  PixelFormat format;
  format.rows = word(item, DCM_Rows).value_or(0);
  format.columns = word(item, DCM_Columns).value_or(0);
  format.samples_per_pixel = word(item, DCM_SamplesPerPixel).value_or(1);
  format.bits_allocated = word(item, DCM_BitsAllocated).value_or(0);
  format.bits_stored = word(item, DCM_BitsStored).value_or(format.bits_allocated);
  format.high_bit =
      word(item, DCM_HighBit).value_or(static_cast<std::uint16_t>(format.bits_stored - 1));
  format.is_signed = word(item, DCM_PixelRepresentation).value_or(0) == 1;
  format.planar = word(item, DCM_PlanarConfiguration).value_or(0) == 1;
  format.photometric = text(item, DCM_PhotometricInterpretation);
  return format;
}

// Entries of 8 bits may come one a word, or two packed in a word.
std::vector<std::uint16_t> table_entries(DcmItem& item, const DcmTagKey& tag, std::size_t count) {
  const Uint16* words = nullptr;
  unsigned long available = 0;
  if (item.findAndGetUint16Array(tag, words, &available).bad() || words == nullptr) return {};
  std::vector<std::uint16_t> entries;
  if (available >= count) {
    entries.assign(words, words + count);
  } else if (available * 2 >= count) {
    for (std::size_t i = 0; i < count; ++i) {
      entries.push_back(static_cast<std::uint16_t>(words[i / 2] >> (i % 2 * 8) & 0xFF));
    }
  }
  return entries;
}

std::optional<Lut> read_lut(DcmItem& item, const DcmTagKey& descriptor, const DcmTagKey& data,
                            bool is_signed) {
  const auto count = word(item, descriptor, 0);
  const auto first = word(item, descriptor, 1);
  const auto bits = word(item, descriptor, 2);
  if (!count || !first || !bits || *bits < 1 || *bits > 16) return std::nullopt;
  constexpr std::size_t kZeroMeans = 65536;
  Lut lut;
  lut.first = is_signed ? std::int32_t{static_cast<std::int16_t>(*first)} : std::int32_t{*first};
  lut.bits = *bits;
  lut.entries = table_entries(item, data, *count == 0 ? kZeroMeans : *count);
  if (lut.entries.empty()) return std::nullopt;
  return lut;
}

std::optional<Lut> read_sequence_lut(DcmItem& item, const DcmTagKey& sequence, bool is_signed) {
  DcmItem* first = nullptr;
  if (item.findAndGetSequenceItem(sequence, first, 0).bad()) return std::nullopt;
  return read_lut(*first, DCM_LUTDescriptor, DCM_LUTData, is_signed);
}

std::optional<Window> read_window(DcmItem& item) {
  const auto centre = number(item, DCM_WindowCenter);
  const auto width = number(item, DCM_WindowWidth);
  if (!centre || !width) return std::nullopt;
  Window window{*centre, *width};
  const auto function = text(item, DCM_VOILUTFunction);
  if (function == "LINEAR_EXACT") window.function = VoiFunction::kLinearExact;
  if (function == "SIGMOID") window.function = VoiFunction::kSigmoid;
  const double least = window.function == VoiFunction::kLinear ? 1.0 : 0.0;
  if (window.width < least || window.width == 0) return std::nullopt;
  return window;
}

GreyTransform read_grey(DcmItem& item, const PixelFormat& format) {
  GreyTransform grey;
  grey.modality = read_sequence_lut(item, DCM_ModalityLUTSequence, format.is_signed);
  grey.slope = number(item, DCM_RescaleSlope).value_or(1);
  grey.intercept = number(item, DCM_RescaleIntercept).value_or(0);
  grey.window = read_window(item);
  // A Modality LUT gives unsigned values, whatever was stored.
  grey.voi = read_sequence_lut(item, DCM_VOILUTSequence, format.is_signed && !grey.modality);
  grey.padding = word(item, DCM_PixelPaddingValue);
  return grey;
}

Kind read_kind(DcmItem& item) {
  Kind kind;
  kind.modality = text(item, DCM_Modality);
  kind.view_position = text(item, DCM_ViewPosition);
  kind.orientation = {text(item, DCM_PatientOrientation, 0), text(item, DCM_PatientOrientation, 1)};
  DcmItem* code = nullptr;
  if (item.findAndGetSequenceItem(DCM_ViewCodeSequence, code, 0).good()) {
    kind.view_code = text(*code, DCM_CodeValue);
    kind.view_meaning = text(*code, DCM_CodeMeaning);
  }
  Sint32 frames = 1;
  if (item.findAndGetSint32(DCM_NumberOfFrames, frames).good()) kind.frames = frames;
  return kind;
}

}  // namespace

Attributes DcmtkFile::attributes() const {
  auto& item = *dataset_;
  Attributes attributes;
  attributes.format = read_format(item);
  attributes.grey = read_grey(item, attributes.format);
  attributes.palette = {read_lut(item, DCM_RedPaletteColorLookupTableDescriptor,
                                 DCM_RedPaletteColorLookupTableData, attributes.format.is_signed),
                        read_lut(item, DCM_GreenPaletteColorLookupTableDescriptor,
                                 DCM_GreenPaletteColorLookupTableData, attributes.format.is_signed),
                        read_lut(item, DCM_BluePaletteColorLookupTableDescriptor,
                                 DCM_BluePaletteColorLookupTableData, attributes.format.is_signed)};
  attributes.kind = read_kind(item);
  return attributes;
}

}  // namespace veilray::vision::dicom
