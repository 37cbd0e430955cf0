#include "vision/jpeg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "vision/test_files.h"

namespace veilray::vision {
namespace {

using test::jpeg_file;
using test::smooth_image;
using ::testing::HasSubstr;

constexpr std::uint32_t kWidth = 83;
constexpr std::uint32_t kHeight = 66;

void expect_close(const Image& got, const Image& want, int tolerance) {
  ASSERT_EQ(got.width, want.width);
  ASSERT_EQ(got.height, want.height);
  ASSERT_EQ(got.photometric, want.photometric);
  ASSERT_EQ(got.samples.size(), want.samples.size());
  for (std::size_t i = 0; i < got.samples.size(); ++i) {
    ASSERT_NEAR(got.samples[i], want.samples[i], tolerance) << "sample " << i;
  }
}

/// Inks that print the image, inverted as Adobe does or not.
std::vector<std::uint8_t> inks(const Image& image, bool adobe) {
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i < image.samples.size(); i += 3) {
    const auto* rgb = image.samples.data() + i;
    const auto key = std::max({rgb[0], rgb[1], rgb[2], std::uint16_t{1}});
    for (int c = 0; c < 4; ++c) {
      const int light = c == 3 ? key : rgb[c] * 255 / key;
      out.push_back(static_cast<std::uint8_t>(adobe ? light : 255 - light));
    }
  }
  return out;
}

TEST(DecodeJpeg, GivesBackGreyAndColourBaselineAndProgressive) {
  for (const auto photometric : {Photometric::kGrey, Photometric::kRgb}) {
    for (const bool progressive : {false, true}) {
      const auto image = smooth_image(kWidth, kHeight, photometric);
      expect_close(decode_jpeg(test::jpeg_of(image, progressive)).value(), image, 4);
    }
  }
}

TEST(DecodeJpeg, ReadsRgbThatIsNotYCbCr) {
  const auto image = smooth_image(kWidth, kHeight, Photometric::kRgb);
  const auto file = jpeg_file({.width = kWidth,
                               .height = kHeight,
                               .given = JCS_RGB,
                               .stored = JCS_RGB,
                               .adobe_marker = true},
                              {image.samples.begin(), image.samples.end()});
  expect_close(decode_jpeg(file).value(), image, 2);
}

TEST(DecodeJpeg, ConvertsCmykAndYcckWithAndWithoutAdobesInversion) {
  const auto image = smooth_image(kWidth, kHeight, Photometric::kRgb);
  for (const auto stored : {JCS_CMYK, JCS_YCCK}) {
    for (const bool adobe : {true, false}) {
      if (stored == JCS_YCCK && !adobe) continue;  // nothing but the marker tells YCCK
      const auto file = jpeg_file({.width = kWidth,
                                   .height = kHeight,
                                   .given = JCS_CMYK,
                                   .stored = stored,
                                   .adobe_marker = adobe},
                                  inks(image, adobe));
      SCOPED_TRACE(adobe ? "Adobe" : "plain");
      expect_close(decode_jpeg(file).value(), image, 5);
    }
  }
}

TEST(DecodeJpeg, FailsOnEveryPrefixOfAFile) {
  for (const bool progressive : {false, true}) {
    const auto file = test::jpeg_of(test::formula_image(kWidth, kHeight), progressive);
    for (std::size_t size = 3; size < file.size(); size += size < 800 ? 1 : 37) {
      const auto result = decode_jpeg(std::span(file).first(size));
      ASSERT_FALSE(result.ok()) << size << " of " << file.size() << " bytes";
      ASSERT_THAT(result.failure().line(), HasSubstr("truncated")) << size;
    }
    ASSERT_FALSE(decode_jpeg(std::span(file).first(file.size() - 1)).ok());
  }
}

TEST(DecodeJpeg, FailsIfTheCodedDataIsDamaged) {
  auto file = test::jpeg_of(test::formula_image(kWidth, kHeight));
  // A marker in the middle of the scan.
  file[file.size() / 2] = std::byte{0xFF};
  file[file.size() / 2 + 1] = std::byte{0xC4};
  EXPECT_FALSE(decode_jpeg(file).ok());
}

TEST(DecodeJpeg, FailsIfTheHeaderClaimsMoreThanTheDataCanHold) {
  auto file = test::jpeg_of(test::formula_image(kWidth, kHeight));
  for (std::size_t at = 0; at + 9 < file.size(); ++at) {
    if (file[at] != std::byte{0xFF} || file[at + 1] != std::byte{0xC0}) continue;
    file[at + 5] = file[at + 7] = std::byte{0x3E};  // 15872 and more a side
    break;
  }
  const auto result = decode_jpeg(file);
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.failure().line(), HasSubstr("truncated"));
}

TEST(DecodeJpeg, FailsOnTwelveBits) {
  auto file = test::jpeg_of(test::formula_image(kWidth, kHeight));
  for (std::size_t at = 0; at + 9 < file.size(); ++at) {
    if (file[at] != std::byte{0xFF} || file[at + 1] != std::byte{0xC0}) continue;
    file[at + 1] = std::byte{0xC1};
    file[at + 4] = std::byte{12};
    break;
  }
  const auto result = decode_jpeg(file);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.failure().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace veilray::vision
