// The stages from stored values to grey and colour, against the formulas of PS3.3 written out here.
#include "vision/dicom/display.h"

#include <gtest/gtest.h>

#include <cmath>

namespace veilray::vision::dicom {
namespace {

constexpr double kTolerance = 0.51;  // of 65535: one rounding

/// 64 x 64 pixels that run through the values from `first` on.
Patterns ramp(std::int32_t first) {
  Patterns patterns(64 * 64);
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    patterns[i] = static_cast<std::uint16_t>(first + static_cast<std::int32_t>(i));
  }
  return patterns;
}

PixelFormat grey_format(std::uint16_t stored, bool is_signed = false) {
  return {.rows = 64,
          .columns = 64,
          .bits_allocated = static_cast<std::uint16_t>(stored <= 8 ? 8 : 16),
          .bits_stored = stored,
          .high_bit = static_cast<std::uint16_t>(stored - 1),
          .is_signed = is_signed,
          .photometric = "MONOCHROME2"};
}

/// What 64 x 64 values from `first` on look like; `expected` maps a stored value to [0, 1].
template <class Expected>
void expect_shown(const PixelFormat& format, const GreyTransform& transform, std::int32_t first,
                  const Expected& expected) {
  const auto image = grey_image(format, transform, ramp(first));
  ASSERT_EQ(image.max_value, 65535);
  for (std::int32_t i = 0; i < 4096; ++i) {
    ASSERT_NEAR(image.samples[static_cast<std::size_t>(i)], expected(first + i) * 65535.0,
                kTolerance)
        << "stored value " << first + i;
  }
}

double clamp01(double value) { return std::min(std::max(value, 0.0), 1.0); }

TEST(StoredValue, SkipsBitsOutsideAndExtendsTheSign) {
  PixelFormat format = grey_format(12, true);
  EXPECT_EQ(stored_value(0x0FFF, format), -1);
  EXPECT_EQ(stored_value(0xF7FF, format), 2047);
  EXPECT_EQ(stored_value(0x0800, format), -2048);
  format.high_bit = 15;  // left-aligned
  EXPECT_EQ(stored_value(0x7FFF, format), 2047);
  EXPECT_EQ(stored_value(0x800F, format), -2048);
  format.is_signed = false;
  EXPECT_EQ(stored_value(0xFFF3, format), 4095);
  EXPECT_EQ(stored_value(0xFFFF, grey_format(16)), 65535);
  EXPECT_EQ(stored_value(0xFFFF, grey_format(16, true)), -1);
}

TEST(GreyImage, ShowsTheValuesThatOccurInFullWithoutAWindow) {
  expect_shown(grey_format(16), {}, 1000, [](int v) { return (v - 1000) / 4095.0; });
  expect_shown(grey_format(16, true), {}, -2000, [](int v) { return (v + 2000) / 4095.0; });
}

TEST(GreyImage, ShowsEightBitsAsTheyAre) {
  auto patterns = ramp(0);
  for (auto& pattern : patterns) pattern = static_cast<std::uint16_t>(50 + pattern % 100);
  const auto image = grey_image(grey_format(8), {}, patterns);
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    ASSERT_EQ(image.samples[i], patterns[i] * 257);
  }
}

TEST(GreyImage, LeavesPaddingOutOfTheRange) {
  auto patterns = ramp(1000);
  patterns[0] = 0;
  GreyTransform transform;
  transform.padding = std::uint16_t{0};
  const auto image = grey_image(grey_format(16), transform, patterns);
  EXPECT_EQ(image.samples[0], 0);
  EXPECT_EQ(image.samples[1], 0);
  EXPECT_NEAR(image.samples[2048], 65535 * 2047.0 / 4094, kTolerance);
}

TEST(GreyImage, AppliesTheLinearWindow) {
  GreyTransform transform;
  transform.window = Window{2048, 1000};
  expect_shown(grey_format(12), transform, 0, [](int v) {
    if (v <= 2047.5 - 499.5) return 0.0;
    if (v > 2047.5 + 499.5) return 1.0;
    return (v - 2047.5) / 999 + 0.5;
  });
  transform.window = Window{100, 1};  // a threshold
  expect_shown(grey_format(12), transform, 0, [](int v) { return v > 99.5 ? 1.0 : 0.0; });
}

TEST(GreyImage, AppliesTheExactAndTheSigmoidWindow) {
  GreyTransform transform;
  transform.window = Window{2000.5, 800, VoiFunction::kLinearExact};
  expect_shown(grey_format(12), transform, 0,
               [](int v) { return clamp01((v - 2000.5) / 800 + 0.5); });
  transform.window = Window{2000, 800, VoiFunction::kSigmoid};
  expect_shown(grey_format(12), transform, 0,
               [](int v) { return 1 / (1 + std::exp(-4 * (v - 2000) / 800.0)); });
}

TEST(GreyImage, RescalesBeforeTheWindow) {
  GreyTransform transform;
  transform.slope = 2.5;
  transform.intercept = -1024;
  transform.window = Window{1000, 2000, VoiFunction::kLinearExact};
  expect_shown(grey_format(12), transform, 0,
               [](int v) { return clamp01((v * 2.5 - 1024 - 1000) / 2000 + 0.5); });
  transform.slope = -1;  // dark becomes light
  transform.window.reset();
  expect_shown(grey_format(12), transform, 0, [](int v) { return (4095 - v) / 4095.0; });
}

TEST(GreyImage, LooksUpTheModalityTableThenTheVoiTable) {
  GreyTransform transform;
  Lut modality{.first = 100, .bits = 12, .entries = {}};
  for (std::uint16_t i = 0; i < 1000; ++i) {
    modality.entries.push_back(static_cast<std::uint16_t>(i * 4));
  }
  transform.modality = modality;
  const auto modality_value = [](int v) { return 4 * std::min(std::max(v - 100, 0), 999); };
  expect_shown(grey_format(12), transform, 0, [&](int v) { return modality_value(v) / 3996.0; });

  transform.voi = Lut{.first = 1000, .bits = 10, .entries = {}};
  for (std::uint16_t i = 0; i < 1024; ++i) {
    transform.voi->entries.push_back(static_cast<std::uint16_t>(1023 - i));
  }
  expect_shown(grey_format(12), transform, 0, [&](int v) {
    const int index = std::min(std::max(modality_value(v) - 1000, 0), 1023);
    return (1023 - index) / 1023.0;
  });
}

TEST(GreyImage, PrefersTheWindowToTheTable) {
  GreyTransform transform;
  transform.window = Window{2000, 800, VoiFunction::kLinearExact};
  const auto alone = grey_image(grey_format(12), transform, ramp(0));
  transform.voi = Lut{.first = 0, .bits = 8, .entries = {7, 9}};
  EXPECT_EQ(grey_image(grey_format(12), transform, ramp(0)), alone);
}

TEST(GreyImage, OfMonochrome1IsTheNegative) {
  GreyTransform transform;
  transform.window = Window{2048, 3000};
  auto format = grey_format(12);
  const auto positive = grey_image(format, transform, ramp(0));
  format.photometric = "MONOCHROME1";
  const auto negative = grey_image(format, transform, ramp(0));
  for (std::size_t i = 0; i < positive.samples.size(); ++i) {
    ASSERT_NEAR(positive.samples[i] + negative.samples[i], 65535, 1);
  }
}

PixelFormat colour_format(const char* photometric, bool planar = false) {
  auto format = grey_format(8);
  format.samples_per_pixel = 3;
  format.photometric = photometric;
  format.planar = planar;
  return format;
}

Patterns colours() {
  Patterns patterns;
  for (std::uint16_t i = 0; i < 4096; ++i) {
    for (const int level : {i % 256, i / 16, 255 - i % 256}) {
      patterns.push_back(static_cast<std::uint16_t>(level));
    }
  }
  return patterns;
}

TEST(ColourImage, TakesRgbByPixelOrByPlane) {
  const auto pixels = colours();
  Patterns planes(pixels.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) planes[i % 3 * 4096 + i / 3] = pixels[i];
  EXPECT_EQ(colour_image(colour_format("RGB"), pixels).samples, pixels);
  EXPECT_EQ(colour_image(colour_format("RGB", true), planes).samples, pixels);
}

TEST(ColourImage, UndoesTheLuminanceTransform) {
  const auto rgb = colours();
  Patterns ybr;
  for (std::size_t i = 0; i < rgb.size(); i += 3) {
    const double r = rgb[i];
    const double g = rgb[i + 1];
    const double b = rgb[i + 2];
    for (const double level :
         {0.299 * r + 0.587 * g + 0.114 * b, -0.1687 * r - 0.3313 * g + 0.5 * b + 128,
          0.5 * r - 0.4187 * g - 0.0813 * b + 128}) {
      ybr.push_back(static_cast<std::uint16_t>(std::lround(std::min(level, 255.0))));
    }
  }
  const auto image = colour_image(colour_format("YBR_FULL"), ybr);
  for (std::size_t i = 0; i < rgb.size(); ++i) ASSERT_NEAR(image.samples[i], rgb[i], 2) << i;
}

TEST(ColourImage, WidensTwelveBitsToSixteen) {
  auto format = colour_format("RGB");
  format.bits_allocated = 16;
  format.bits_stored = 12;
  format.high_bit = 11;
  const auto image = colour_image(format, Patterns(64 * 64 * 3, 4095));
  EXPECT_EQ(image.max_value, 65535);
  EXPECT_EQ(image.samples[5], 65535);
}

TEST(PaletteImage, LooksUpEachColour) {
  std::array<std::optional<Lut>, 3> palette;
  for (std::size_t c = 0; c < 3; ++c) {
    palette[c] = Lut{.first = 10, .bits = 16, .entries = {}};
    for (std::size_t i = 0; i < 100; ++i) {
      palette[c]->entries.push_back(static_cast<std::uint16_t>(i * 600 + c * 11));
    }
  }
  const auto image = palette_image(grey_format(8), palette, ramp(0));
  for (std::size_t i = 0; i < 256; ++i) {
    const auto index = std::min<std::size_t>(i < 10 ? 0 : i - 10, 99);
    for (std::size_t c = 0; c < 3; ++c) ASSERT_EQ(image.samples[i * 3 + c], index * 600 + c * 11);
  }
}

}  // namespace
}  // namespace veilray::vision::dicom
