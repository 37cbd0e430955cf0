#include <algorithm>
#include <array>
#include <cmath>

#include "vision/dicom/display.h"

namespace veilray::vision::dicom {
namespace {

using Pixel = std::array<std::int32_t, 3>;

std::int32_t clamp_level(double value, std::int32_t max) {
  return static_cast<std::int32_t>(std::lround(std::clamp(value, 0.0, static_cast<double>(max))));
}

// PS3.3 C.7.6.3.1.2: ITU-R BT.601 over the full range.
Pixel rgb_from_ybr(const Pixel& ybr, std::int32_t max) {
  const std::int32_t half = (max + 1) / 2;  // max is odd
  const double y = ybr[0];
  const double blue = ybr[1] - half;
  const double red = ybr[2] - half;
  return {clamp_level(y + 1.402 * red, max), clamp_level(y - 0.344136 * blue - 0.714136 * red, max),
          clamp_level(y + 1.772 * blue, max)};
}

std::uint16_t widen(std::int32_t value, std::int32_t max, std::uint16_t out_max) {
  return static_cast<std::uint16_t>((std::int64_t{value} * out_max + max / 2) / max);
}

}  // namespace

Image colour_image(const PixelFormat& format, std::span<const std::uint16_t> patterns) {
  const auto max = (std::int32_t{1} << format.bits_stored) - 1;
  const bool luminance = format.photometric.starts_with("YBR_FULL");
  const std::uint16_t out_max = format.bits_stored <= 8 ? 255 : 65535;
  auto unsigned_format = format;
  unsigned_format.is_signed = false;

  Image image{format.columns, format.rows, Photometric::kRgb, out_max};
  image.samples.reserve(patterns.size());
  const auto pixels = image.pixels();
  for (std::size_t i = 0; i < pixels; ++i) {
    Pixel pixel;
    for (std::size_t c = 0; c < 3; ++c) {
      const auto from = format.planar ? c * pixels + i : i * 3 + c;
      pixel[c] = stored_value(patterns[from], unsigned_format);
    }
    if (luminance) pixel = rgb_from_ybr(pixel, max);
    for (const auto level : pixel) image.samples.push_back(widen(level, max, out_max));
  }
  return image;
}

Image palette_image(const PixelFormat& format, const std::array<std::optional<Lut>, 3>& palette,
                    std::span<const std::uint16_t> patterns) {
  Image image{format.columns, format.rows, Photometric::kRgb, 65535};
  image.samples.reserve(patterns.size() * 3);
  for (const auto pattern : patterns) {
    const auto index = stored_value(pattern, format);
    for (const auto& lut : palette) {
      const auto last = static_cast<std::int32_t>(lut->entries.size()) - 1;
      const auto entry = lut->entries[static_cast<std::size_t>(
          std::clamp(index - lut->first, std::int32_t{0}, last))];
      const auto max = (std::int32_t{1} << lut->bits) - 1;
      image.samples.push_back(widen(std::min<std::int32_t>(entry, max), max, 65535));
    }
  }
  return image;
}

}  // namespace veilray::vision::dicom
