// Every stored value has at most 16 bits, so all stages fold into one table of 65536 entries.
#include <algorithm>
#include <cmath>
#include <limits>

#include "vision/dicom/display.h"

namespace veilray::vision::dicom {
namespace {

constexpr std::size_t kPatterns = 65536;
constexpr double kWhite = 65535;

double look_up(const Lut& lut, double value) {
  const double last = static_cast<double>(lut.entries.size()) - 1;
  const double index = std::clamp(std::floor(value) - lut.first, 0.0, last);
  return lut.entries[static_cast<std::size_t>(index)];
}

double full_scale(const Lut& lut) { return std::exp2(lut.bits) - 1; }

double modality_value(std::uint16_t pattern, const PixelFormat& format,
                      const GreyTransform& transform) {
  const auto stored = stored_value(pattern, format);
  return transform.modality ? look_up(*transform.modality, stored)
                            : stored * transform.slope + transform.intercept;
}

// PS3.3 C.11.2.1.2 and C.11.2.1.3; result in [0, 1].
double windowed(double value, const Window& window) {
  switch (window.function) {
    case VoiFunction::kSigmoid:
      return 1 / (1 + std::exp(-4 * (value - window.centre) / window.width));
    case VoiFunction::kLinearExact:
      return std::clamp((value - window.centre) / window.width + 0.5, 0.0, 1.0);
    case VoiFunction::kLinear:
      break;
  }
  const double centre = window.centre - 0.5;
  const double half = (window.width - 1) / 2;
  if (value <= centre - half) return 0;
  if (value > centre + half) return 1;
  return (value - centre) / (window.width - 1) + 0.5;
}

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void take(double value) { low = std::min(low, value), high = std::max(high, value); }
};

// 8-bit samples are already what a screen shows, as in a PNG. Deeper ones say little by their
// depth: 12 bits of picture in 16 stored would come out black, so the values that occur count.
Range full_range(const PixelFormat& format, const GreyTransform& transform,
                 const std::vector<bool>& occurs) {
  const bool declared = format.bits_stored <= 8 && !transform.modality;
  Range range;
  for (std::size_t i = 0; i < kPatterns; ++i) {
    const auto pattern = static_cast<std::uint16_t>(i);
    if (declared || (occurs[i] && pattern != transform.padding)) {
      range.take(modality_value(pattern, format, transform));
    }
  }
  return range;
}

double shown(double value, const GreyTransform& transform, const Range& range) {
  if (transform.window) return windowed(value, *transform.window);
  if (transform.voi)
    return std::min(look_up(*transform.voi, value) / full_scale(*transform.voi), 1.0);
  if (!(range.high > range.low)) return 0;
  return std::clamp((value - range.low) / (range.high - range.low), 0.0, 1.0);
}

}  // namespace

std::int32_t stored_value(std::uint16_t pattern, const PixelFormat& format) noexcept {
  const auto bits = std::uint32_t{format.bits_stored};
  const auto value = std::uint32_t{pattern} >> (format.high_bit + 1U - bits) & ((1U << bits) - 1U);
  const bool negative = format.is_signed && (value >> (bits - 1U) & 1U) != 0;
  return static_cast<std::int32_t>(value) - (negative ? std::int32_t{1} << bits : 0);
}

Image grey_image(const PixelFormat& format, const GreyTransform& transform,
                 std::span<const std::uint16_t> patterns) {
  std::vector<bool> occurs(kPatterns);
  for (const auto pattern : patterns) occurs[pattern] = true;
  const auto range = full_range(format, transform, occurs);
  const bool inverted = format.photometric == "MONOCHROME1";

  std::vector<std::uint16_t> table(kPatterns);
  for (std::size_t i = 0; i < kPatterns; ++i) {
    const auto value = modality_value(static_cast<std::uint16_t>(i), format, transform);
    const auto level = shown(value, transform, range);
    table[i] = static_cast<std::uint16_t>(std::lround((inverted ? 1 - level : level) * kWhite));
  }
  Image image{format.columns, format.rows, Photometric::kGrey, 65535};
  image.samples.reserve(patterns.size());
  for (const auto pattern : patterns) image.samples.push_back(table[pattern]);
  return image;
}

}  // namespace veilray::vision::dicom
