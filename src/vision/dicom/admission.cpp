#include "vision/dicom/admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace veilray::vision::dicom {
namespace {

template <std::size_t kCount>
bool is_one_of(std::string_view text, const std::string_view (&words)[kCount]) {
  return std::ranges::find(words, text) != std::end(words);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char letter) {
    return static_cast<char>(std::tolower(letter));
  });
  return out;
}

bool view_code_is_lateral(const Kind& kind) {
  // Lateral, left lateral, right lateral: SNOMED CT, its older codes, RadLex.
  constexpr std::string_view kCodes[] = {"399067008", "399173006", "399198007",
                                         "R-10236",   "R-10232",   "RID43591"};
  if (is_one_of(kind.view_code, kCodes)) return true;
  const auto meaning = lower(kind.view_meaning);
  const auto has = [&meaning](std::string_view word) { return meaning.find(word) != meaning.npos; };
  // "Lateral decubitus" is a frontal view of a patient lying on the side.
  return has("lateral") && !has("bilateral") && !has("decubitus");
}

// Frontal films run left-right, lateral ones front-back; both have head and feet on the other axis.
bool orientation_is_lateral(const Kind& kind) {
  const auto main_letter = [](const std::string& axis) { return axis.empty() ? ' ' : axis[0]; };
  const auto row = main_letter(kind.orientation[0]);
  const auto column = main_letter(kind.orientation[1]);
  const auto front_back = [](char letter) { return letter == 'A' || letter == 'P'; };
  const auto head_feet = [](char letter) { return letter == 'H' || letter == 'F'; };
  return (front_back(row) && head_feet(column)) || (head_feet(row) && front_back(column));
}

// Shown to the user only where it looks like a modality.
std::string shown(const std::string& modality) {
  const bool sane = modality.size() <= 16 && std::ranges::all_of(modality, [](unsigned char c) {
                      return std::isupper(c) != 0 || std::isdigit(c) != 0;
                    });
  return sane ? fmt::format("the modality is {}", modality) : "the modality is unknown";
}

Failure unsupported(std::string what, std::string mend) {
  return {ErrorCode::kUnsupported, std::move(what), "", std::move(mend)};
}

}  // namespace

bool is_lateral(const Kind& kind) {
  constexpr std::string_view kFrontal[] = {"AP", "PA"};
  constexpr std::string_view kLateral[] = {"LL", "RL", "LATERAL", "LAT"};
  if (is_one_of(kind.view_position, kFrontal)) return false;
  if (is_one_of(kind.view_position, kLateral)) return true;
  if (!kind.view_code.empty() || !kind.view_meaning.empty()) return view_code_is_lateral(kind);
  return orientation_is_lateral(kind);
}

Status check_kind(const Kind& kind, const LoadOptions& options) {
  constexpr std::string_view kProjection[] = {"CR", "DX", "DR", "RF", "OT", "SC"};
  if (!options.force && !kind.modality.empty() && !is_one_of(kind.modality, kProjection)) {
    return unsupported(fmt::format("{}, not a chest radiograph", shown(kind.modality)),
                       "give a CR, DX, DR, RF, OT or SC image, or pass --force");
  }
  if (kind.frames != 1) {
    return unsupported("multi-frame DICOM files are not accepted",
                       "export the one frame that is the film");
  }
  if (!options.force && is_lateral(kind)) {
    return unsupported("this is a lateral view", "give the frontal film, or pass --force");
  }
  return Done{};
}

Status check_format(const PixelFormat& format) {
  VEILRAY_CHECK_OK(check_size(format.columns, format.rows));
  if (format.bits_allocated != 8 && format.bits_allocated != 16) {
    return unsupported(fmt::format("{} bits allocated a sample", format.bits_allocated),
                       "give a DICOM file with 8 or 16 bits allocated");
  }
  if (format.bits_stored < 1 || format.bits_stored > format.bits_allocated ||
      format.high_bit >= format.bits_allocated || format.high_bit + 1 < format.bits_stored) {
    return Failure{ErrorCode::kMalformed, "Bits Stored and High Bit of the DICOM file cannot be",
                   "", "export it again"};
  }
  const bool one = format.samples_per_pixel == 1;
  constexpr std::string_view kOne[] = {"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"};
  constexpr std::string_view kThree[] = {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT"};
  if ((one && is_one_of(format.photometric, kOne)) ||
      (format.samples_per_pixel == 3 && is_one_of(format.photometric, kThree))) {
    return Done{};
  }
  return unsupported("the colours of the DICOM file are of an unknown kind",
                     "export it as MONOCHROME2 or RGB");
}

}  // namespace veilray::vision::dicom
