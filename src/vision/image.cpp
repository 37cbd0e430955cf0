#include "vision/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/file.h"
#include "vision/dicom.h"
#include "vision/jpeg.h"
#include "vision/png.h"

namespace veilray::vision {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kAccepted = "convert it to PNG, JPEG or DICOM";

struct Magic {
  std::size_t offset;
  std::string_view bytes;
  std::string_view name;
};

// Formats that people do hand in, so that the error can call them by name.
constexpr std::array kOthers = {
    Magic{0, "GIF8"sv, "GIF images"},
    Magic{0, "II*\0"sv, "TIFF images"},
    Magic{0, "MM\0*"sv, "TIFF images"},
    Magic{0, "BM"sv, "BMP images"},
    Magic{8, "WEBP"sv, "WebP images"},
    Magic{0, "\0\0\0\x0CjP  \r\n"sv, "JPEG 2000 files outside DICOM"},
    Magic{0, "\xFF\x4F\xFF\x51"sv, "JPEG 2000 files outside DICOM"},
    Magic{0, "%PDF"sv, "PDF files"},
    Magic{0, "\x93NUMPY"sv, "NumPy arrays"},
};

bool matches(std::span<const std::byte> bytes, std::size_t offset, std::string_view magic) {
  if (bytes.size() < offset + magic.size()) return false;
  return std::ranges::equal(bytes.subspan(offset, magic.size()), as_bytes(magic));
}

// A file shorter than the magic it starts with has been cut, whatever it was.
bool is_cut_magic(std::span<const std::byte> bytes, std::string_view magic) {
  return bytes.size() < magic.size() &&
         std::ranges::equal(bytes, as_bytes(magic).first(bytes.size()));
}

constexpr std::string_view kPngMagic = "\x89PNG\r\n\x1A\n"sv;
constexpr std::string_view kJpegMagic = "\xFF\xD8\xFF"sv;

Failure unknown_type(std::span<const std::byte> bytes) {
  if (bytes.empty()) {
    return {ErrorCode::kMalformed, "the file is empty", "", "give a PNG, JPEG or DICOM file"};
  }
  if (is_cut_magic(bytes, kPngMagic) || is_cut_magic(bytes, kJpegMagic)) {
    return {ErrorCode::kMalformed, "the image is truncated", "", "copy or export it again"};
  }
  const auto* other = std::ranges::find_if(
      kOthers, [&](const Magic& magic) { return matches(bytes, magic.offset, magic.bytes); });
  if (other != kOthers.end()) {
    return {ErrorCode::kUnsupported, fmt::format("{} are not accepted", other->name), "",
            std::string(kAccepted)};
  }
  return {ErrorCode::kUnsupported, "this is not a PNG, JPEG or DICOM file", "",
          std::string(kAccepted)};
}

Result<Image> decode(std::span<const std::byte> bytes, const LoadOptions& options) {
  switch (file_type(bytes)) {
    case FileType::kPng:
      return decode_png(bytes);
    case FileType::kJpeg:
      return decode_jpeg(bytes);
    case FileType::kDicom:
      return decode_dicom(bytes, options);
    case FileType::kOther:
      break;
  }
  return unknown_type(bytes);
}

}  // namespace

FileType file_type(std::span<const std::byte> bytes) noexcept {
  constexpr std::size_t kDicomPreamble = 128;
  if (matches(bytes, 0, kPngMagic)) return FileType::kPng;
  if (matches(bytes, 0, kJpegMagic)) return FileType::kJpeg;
  if (matches(bytes, kDicomPreamble, "DICM")) return FileType::kDicom;
  return FileType::kOther;
}

Status check_size(std::uint64_t width, std::uint64_t height) {
  if (width < kMinSide || height < kMinSide) {
    return Failure{ErrorCode::kUnsupported,
                   fmt::format("the image is {} x {} pixels, too small", width, height), "",
                   fmt::format("give a film of at least {0} x {0}", kMinSide)};
  }
  if (width > kMaxSide || height > kMaxSide) {
    return Failure{ErrorCode::kUnsupported,
                   fmt::format("the image is {} x {} pixels, too large", width, height), "",
                   fmt::format("give a film of at most {0} x {0}", kMaxSide)};
  }
  return Done{};
}

Status check_not_constant(const Image& image) {
  const auto channels = image.channels();
  const auto& samples = image.samples;
  // Equal to the pixel before it all the way through: one colour.
  if (samples.size() > channels &&
      std::equal(samples.begin() + channels, samples.end(), samples.begin())) {
    return Failure{ErrorCode::kUnsupported, "all pixels have the same value", "",
                   "give a film with a picture on it"};
  }
  return Done{};
}

Result<Image> decode_image(std::span<const std::byte> bytes, const LoadOptions& options) {
  VEILRAY_TRY(image, decode(bytes, options));
  VEILRAY_CHECK_OK(check_not_constant(image));
  return image;
}

}  // namespace veilray::vision
