// What may not be classified: each file is refused with one clear line that names it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/test_folder.h"
#include "vision/dicom/test_dicom.h"
#include "vision/preprocess.h"
#include "vision/test_files.h"

namespace veilray::vision {
namespace {

using test::Bytes;
using ::testing::HasSubstr;

class BadImage : public ::testing::Test {
 protected:
  /// The file's content leads to a failure that says `says`, where, and what to do.
  void refuse(std::span<const std::byte> content, const std::string& says,
              const LoadOptions& options = {}) {
    const auto path = folder_ / "film.any";
    ASSERT_TRUE(write_file(path, content, {.overwrite = Overwrite::kReplace}).ok());
    expect_line(load_radiograph(path, options), path, says);
  }
  static void expect_line(const Result<tensor::Tensor>& result, const std::filesystem::path& path,
                          const std::string& says) {
    ASSERT_FALSE(result.ok()) << says;
    const auto& failure = result.failure();
    EXPECT_THAT(failure.line(), HasSubstr(says));
    EXPECT_THAT(failure.line(), HasSubstr(path.string()));
    EXPECT_EQ(failure.line().find('\n'), std::string::npos) << failure.line();
    EXPECT_LT(failure.line().size(), 300U) << failure.line();
    EXPECT_NE(failure.mend, "") << failure.line();
    EXPECT_NE(failure.code, ErrorCode::kInternal);
    EXPECT_NE(failure.code, ErrorCode::kUsage);
  }

  TestFolder folder_;
};

Image film(std::uint32_t width = 60, std::uint32_t height = 50) {
  return test::formula_image(width, height);
}

TEST_F(BadImage, Missing) {
  const auto path = folder_ / "gone.png";
  const auto result = load_radiograph(path);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.failure().code, ErrorCode::kIo);
  EXPECT_THAT(result.failure().line(), HasSubstr(path.string()));
}

TEST_F(BadImage, AFolder) { EXPECT_FALSE(load_radiograph(folder_.path()).ok()); }

TEST_F(BadImage, Empty) { refuse({}, "empty"); }

TEST_F(BadImage, Truncated) {
  for (const auto& whole :
       {test::png_of(film()), test::jpeg_of(film()), test::dicom_file(test::grey_spec(60, 50))}) {
    refuse(std::span(whole).first(whole.size() / 2), "truncated");
    refuse(std::span(whole).first(whole.size() - 10), "truncated");
  }
  const auto png = test::png_of(film());
  for (std::size_t size = 1; size < 9; ++size) refuse(std::span(png).first(size), "truncated");
}

TEST_F(BadImage, OfAnotherType) {
  using namespace std::string_view_literals;
  refuse(as_bytes("Dear doctor, here is the film."), "not a PNG, JPEG or DICOM file");
  refuse(as_bytes("GIF89a and so on"), "GIF images are not accepted");
  refuse(as_bytes("II*\0\x08\0\0\0"sv), "TIFF images are not accepted");
  refuse(as_bytes("MM\0*\0\0\0\x08"sv), "TIFF images are not accepted");
  refuse(as_bytes("BM______"), "BMP images are not accepted");
  refuse(as_bytes("RIFF____WEBPVP8 "), "WebP images are not accepted");
  refuse(as_bytes("\0\0\0\x0CjP  \r\n\x87\n"sv), "JPEG 2000 files");
  refuse(as_bytes("GIF89a and so on"), "convert it to PNG, JPEG or DICOM");
}

TEST_F(BadImage, WithHugeDimensionsInTheHeader) {
  for (const std::uint32_t side : {16385U, 100000U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
    refuse(test::png_file({side, 50}, {}), "too large");
    refuse(test::png_file({50, side}, {}), "too large");
  }
  auto spec = test::grey_spec(60, 50);
  spec.format.rows = spec.format.columns = 65535;
  refuse(test::dicom_file(spec), "too large");
  spec.format.rows = spec.format.columns = 16384;
  refuse(test::dicom_file(spec), "truncated");
  auto jpeg = test::jpeg_of(film());
  for (std::size_t at = 0; at + 9 < jpeg.size(); ++at) {
    if (jpeg[at] != std::byte{0xFF} || jpeg[at + 1] != std::byte{0xC0}) continue;
    jpeg[at + 5] = jpeg[at + 7] = std::byte{0xF0};
    break;
  }
  refuse(jpeg, "too large");
}

TEST_F(BadImage, OfOnePixelOrAFew) {
  refuse(test::png_of(film(1, 1)), "too small");
  refuse(test::png_of(film(31, 500)), "too small");
  refuse(test::jpeg_of(film(500, 31)), "too small");
  refuse(test::dicom_file(test::grey_spec(31, 31)), "too small");
  EXPECT_TRUE(decode_image(test::png_of(film(32, 32))).ok());
}

TEST_F(BadImage, AllBlackOrAllOfOneColour) {
  for (const auto photometric : {Photometric::kGrey, Photometric::kRgb}) {
    Image image{64, 64, photometric, 255};
    image.samples.assign(image.pixels() * image.channels(), 0);
    refuse(test::png_of(image), "same value");
    refuse(test::jpeg_of(image), "same value");
    image.samples.assign(image.samples.size(), 200);
    refuse(test::png_of(image), "same value");
  }
  auto red = Image{64, 64, Photometric::kRgb, 255};
  for (std::size_t i = 0; i < red.pixels(); ++i) red.samples.insert(red.samples.end(), {200, 0, 0});
  refuse(test::png_of(red), "same value");
  for (const std::uint16_t stored : {std::uint16_t{8}, std::uint16_t{12}, std::uint16_t{16}}) {
    auto spec = test::grey_spec(60, 50, stored);
    spec.pixels.assign(spec.pixels.size(), 0);
    refuse(test::dicom_file(spec), "same value");
  }
  auto off_the_window = test::grey_spec(60, 50, 12);
  off_the_window.centre = "-9000";
  off_the_window.width = "10";
  refuse(test::dicom_file(off_the_window), "same value");
}

TEST_F(BadImage, Animated) {
  const Bytes control(8);
  refuse(test::png_of(film(), {test::png_chunk("acTL", control)}), "animated");
}

TEST_F(BadImage, WithSeveralFrames) {
  auto spec = test::grey_spec(60, 50);
  spec.frames = "2";
  spec.pixels.insert(spec.pixels.end(), spec.pixels.begin(), spec.pixels.end());
  refuse(test::dicom_file(spec), "multi-frame");
  refuse(test::dicom_file(spec), "multi-frame", {.force = true});
}

TEST_F(BadImage, DicomWithoutPixels) {
  auto spec = test::grey_spec(60, 50);
  spec.has_pixels = false;
  refuse(test::dicom_file(spec), "no pixel data");
  spec.format.rows = spec.format.columns = 0;
  refuse(test::dicom_file(spec), "no pixel data");
}

TEST_F(BadImage, AnotherModality) {
  auto spec = test::grey_spec(60, 50);
  spec.modality = "CT";
  refuse(test::dicom_file(spec), "the modality is CT");
  refuse(test::dicom_file(spec), "--force");
  EXPECT_TRUE(decode_image(test::dicom_file(spec), {.force = true}).ok());
}

TEST_F(BadImage, ALateralView) {
  auto position = test::grey_spec(60, 50);
  position.view_position = "LL";
  auto orientation = test::grey_spec(60, 50);
  orientation.orientation = "A\\F";
  auto code = test::grey_spec(60, 50);
  code.view_code = "399173006";
  code.view_meaning = "left lateral";
  for (const auto& spec : {position, orientation, code}) {
    refuse(test::dicom_file(spec), "lateral");
    EXPECT_TRUE(decode_image(test::dicom_file(spec), {.force = true}).ok());
  }
}

// The rest of the list is accepted: 16 bits, alpha, CMYK, in their decoders' tests too.
TEST(GoodImage, SixteenBitsAlphaAndCmykAreTaken) {
  EXPECT_TRUE(
      decode_image(test::png_of(test::formula_image(60, 50, Photometric::kRgb, 65535))).ok());
  std::vector<Bytes> rows(50, Bytes(60 * 4));
  rows[10][10] = std::byte{200};
  EXPECT_EQ(decode_image(test::png_file({60, 50, 8, 6}, rows)).value().channels(), 3U);
  std::vector<std::uint8_t> inks(60 * 50 * 4);
  for (std::size_t i = 0; i < inks.size(); ++i) inks[i] = static_cast<std::uint8_t>(i / 240);
  const auto cmyk = test::jpeg_file(
      {.width = 60, .height = 50, .given = JCS_CMYK, .stored = JCS_CMYK, .adobe_marker = true},
      inks);
  EXPECT_EQ(decode_image(cmyk).value().channels(), 3U);
}

}  // namespace
}  // namespace veilray::vision
