#pragma once
// A decoded image, before any preprocessing, and what every decoder refuses.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"

namespace veilray::vision {

inline constexpr std::uint32_t kMinSide = 32;
inline constexpr std::uint32_t kMaxSide = 16384;
inline constexpr std::uint64_t kMaxFileBytes = std::uint64_t{512} << 20;

enum class Photometric : std::uint8_t {
  kGrey,  // one sample a pixel, 0 is black
  kRgb,   // three samples a pixel, interleaved
};

/// Rows from the top, samples in [0, max_value].
/// samples.size() == width * height * channels().
struct Image {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  Photometric photometric = Photometric::kGrey;
  std::uint16_t max_value = 255;
  std::vector<std::uint16_t> samples = {};

  std::uint32_t channels() const noexcept { return photometric == Photometric::kGrey ? 1 : 3; }
  std::size_t pixels() const noexcept { return std::size_t{width} * height; }
  friend bool operator==(const Image&, const Image&) = default;
};

/// What an encoded file is, by its first bytes; its name is not asked.
enum class FileType : std::uint8_t { kPng, kJpeg, kDicom, kOther };
FileType file_type(std::span<const std::byte> bytes) noexcept;

/// Fails with kUnsupported for a side outside [kMinSide, kMaxSide]; asked before allocating.
Status check_size(std::uint64_t width, std::uint64_t height);
/// Fails with kUnsupported when all pixels are equal: there is nothing to find in such a film.
Status check_not_constant(const Image& image);

struct LoadOptions {
  /// Takes DICOM files of another modality than projection radiography, and lateral views.
  bool force = false;
};

/// Any accepted file: PNG, JPEG or DICOM, sniffed from content.
/// Fails with kMalformed (empty, truncated, corrupt) or kUnsupported (another format, animated,
/// multi-frame, wrong size, constant, wrong modality); `where` is left empty.
Result<Image> decode_image(std::span<const std::byte> bytes, const LoadOptions& options = {});

}  // namespace veilray::vision
