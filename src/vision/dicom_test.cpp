#include "vision/dicom.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "vision/dicom/test_dicom.h"

namespace veilray::vision {
namespace {

using test::dicom_file;
using test::grey_spec;
using ::testing::HasSubstr;

std::string failure_of(const Result<Image>& result) {
  return result.ok() ? "no failure" : result.failure().line();
}

TEST(DecodeDicom, ReadsTheSameFilmInEveryUncompressedSyntax) {
  for (const auto& source : {grey_spec(67, 53, 8), grey_spec(67, 53, 12), grey_spec(67, 53, 16),
                             grey_spec(67, 53, 12, true), test::colour_spec(67, 53)}) {
    const auto want = decode_dicom(dicom_file(source));
    ASSERT_TRUE(want.ok()) << failure_of(want);
    for (const auto syntax : {test::kImplicitLittle, test::kDeflated, test::kExplicitBig}) {
      auto spec = source;
      spec.transfer_syntax = syntax;
      const auto got = decode_dicom(dicom_file(spec));
      ASSERT_TRUE(got.ok()) << syntax << ": " << failure_of(got);
      EXPECT_EQ(got.value(), want.value()) << syntax;
    }
  }
}

TEST(DecodeDicom, ShowsEightBitsAsAPngWould) {
  auto spec = grey_spec(67, 53, 8);
  const auto image = decode_dicom(dicom_file(spec)).value();
  for (std::size_t i = 0; i < spec.pixels.size(); ++i) {
    ASSERT_EQ(image.samples[i], spec.pixels[i] * 257);
  }
}

TEST(DecodeDicom, ReadsTheWindowTheRescaleAndTheInversionOfTheHeader) {
  auto spec = grey_spec(67, 53, 12);
  spec.centre = "500\\9999";  // the first one counts
  spec.width = "1500\\1";
  spec.slope = "0.5";
  spec.intercept = "-100";
  spec.function = "LINEAR_EXACT";
  spec.format.photometric = "MONOCHROME1";
  const auto image = decode_dicom(dicom_file(spec)).value();
  for (std::size_t i = 0; i < spec.pixels.size(); ++i) {
    const double shown = (spec.pixels[i] * 0.5 - 100 - 500) / 1500 + 0.5;
    const double want = 65535 * (1 - std::min(std::max(shown, 0.0), 1.0));
    ASSERT_NEAR(image.samples[i], want, 0.51);
  }
}

TEST(DecodeDicom, ReadsTheTablesOfTheHeader) {
  for (const auto syntax : {test::kExplicitLittle, test::kImplicitLittle, test::kExplicitBig}) {
    auto spec = grey_spec(67, 53, 8);
    spec.transfer_syntax = syntax;
    spec.modality_lut = dicom::Lut{.first = 0, .bits = 12, .entries = {}};
    spec.voi_lut = dicom::Lut{.first = 0, .bits = 16, .entries = {}};
    for (std::uint16_t i = 0; i < 256; ++i) {
      spec.modality_lut->entries.push_back(static_cast<std::uint16_t>(i * i % 4096));
    }
    for (std::uint32_t i = 0; i < 4096; ++i) {
      spec.voi_lut->entries.push_back(static_cast<std::uint16_t>(65535 - i * 16));
    }
    const auto image = decode_dicom(dicom_file(spec)).value();
    for (std::size_t i = 0; i < spec.pixels.size(); ++i) {
      const auto pixel = spec.pixels[i];
      ASSERT_EQ(image.samples[i], 65535 - pixel * pixel % 4096 * 16) << syntax;
    }
  }
}

TEST(DecodeDicom, IgnoresAWindowThatCannotBe) {
  const auto plain = decode_dicom(dicom_file(grey_spec(67, 53, 12))).value();
  for (const auto* width : {"0", "-5", "nonsense", "1e300", "nan"}) {
    auto spec = grey_spec(67, 53, 12);
    spec.centre = "100";
    spec.width = width;
    const auto image = decode_dicom(dicom_file(spec));
    ASSERT_TRUE(image.ok()) << width << failure_of(image);
    EXPECT_EQ(image.value(), plain) << width;
  }
}

TEST(DecodeDicom, ReadsPlanesAndPalettes) {
  auto colour = test::colour_spec(67, 53);
  const auto want = decode_dicom(dicom_file(colour)).value();
  EXPECT_EQ(want.samples, colour.pixels);
  const auto pixels = colour.pixels;
  colour.format.planar = true;
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    colour.pixels[i % 3 * (pixels.size() / 3) + i / 3] = pixels[i];
  }
  EXPECT_EQ(decode_dicom(dicom_file(colour)).value(), want);

  auto palette = grey_spec(67, 53, 8);
  palette.format.photometric = "PALETTE COLOR";
  for (std::uint16_t c = 0; c < 3; ++c) {
    dicom::Lut lut{.first = 0, .bits = 16, .entries = {}};
    for (std::uint16_t i = 0; i < 256; ++i) {
      lut.entries.push_back(static_cast<std::uint16_t>(i * 200 + c));
    }
    palette.palette.push_back(lut);
  }
  const auto image = decode_dicom(dicom_file(palette)).value();
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    ASSERT_EQ(image.samples[i], palette.pixels[i / 3] * 200 + i % 3);
  }
  palette.palette.clear();
  EXPECT_THAT(failure_of(decode_dicom(dicom_file(palette))), HasSubstr("colour tables"));
}

TEST(DecodeDicom, ReadsHalfWidthHue) {
  auto spec = test::colour_spec(66, 50);
  spec.format.photometric = "YBR_FULL_422";
  spec.pixels.clear();
  for (std::uint16_t i = 0; i < 66 * 50 / 2; ++i) {  // two greys, no hue
    for (const int level : {i % 200, i % 200 + 20, 128, 128}) {
      spec.pixels.push_back(static_cast<std::uint16_t>(level));
    }
  }
  const auto image = decode_dicom(dicom_file(spec)).value();
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      ASSERT_EQ(image.samples[i * 3 + c], i / 2 % 200 + i % 2 * 20);
    }
  }
}

TEST(DecodeDicom, FailsIfPixelsAreMissingOrTooFew) {
  auto spec = grey_spec(67, 53, 12);
  spec.pixels.resize(spec.pixels.size() - 1);
  EXPECT_THAT(failure_of(decode_dicom(dicom_file(spec))), HasSubstr("truncated"));
  spec.has_pixels = false;
  EXPECT_THAT(failure_of(decode_dicom(dicom_file(spec))), HasSubstr("no pixel data"));
}

TEST(DecodeDicom, ReadsRunLengthsAndFailsIfTheyEndTooSoon) {
  auto spec = grey_spec(64, 64, 8);
  spec.transfer_syntax = test::kRle;
  const auto frame_of = [](int runs) {  // runs of 64 equal samples, one a row
    test::ElementWriter frame;
    frame.number(1, 4);
    frame.number(64, 4);
    for (int i = 0; i < 14; ++i) frame.number(0, 4);
    for (int i = 0; i < runs; ++i) {
      frame.number(257 - 64, 1);
      frame.number(static_cast<std::uint64_t>(i), 1);
    }
    return frame.out();
  };
  spec.fragments = {frame_of(64)};
  const auto image = decode_dicom(dicom_file(spec)).value();
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    ASSERT_EQ(image.samples[i], i / 64 * 257);
  }
  spec.fragments = {frame_of(50)};
  EXPECT_THAT(failure_of(decode_dicom(dicom_file(spec))), HasSubstr("truncated"));
}

TEST(DecodeDicom, FailsOnAForeignTransferSyntax) {
  auto spec = grey_spec(67, 53, 12);
  spec.transfer_syntax = "1.2.3.4.5.6.7";
  EXPECT_THAT(failure_of(decode_dicom(dicom_file(spec))), HasSubstr("transfer syntax"));
  spec.transfer_syntax = "1.2.840.10008.1.2.4.100";  // MPEG-2
  spec.fragments = {test::Bytes(5000)};
  EXPECT_FALSE(decode_dicom(dicom_file(spec)).ok());
}

TEST(DecodeDicom, FailsOnEveryPrefixOfAFile) {
  for (const auto syntax : {test::kExplicitLittle, test::kImplicitLittle, test::kDeflated}) {
    auto spec = grey_spec(40, 40, 8);
    spec.transfer_syntax = syntax;
    const auto file = dicom_file(spec);
    for (std::size_t size = 132; size < file.size(); size += size < 700 ? 1 : 41) {
      ASSERT_FALSE(decode_dicom(std::span(file).first(size)).ok()) << syntax << " " << size;
    }
  }
}

TEST(DecodeDicom, SurvivesRandomDamageInSilence) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  ::testing::internal::CaptureStderr();
  for (const auto syntax : {test::kExplicitLittle, test::kImplicitLittle, test::kExplicitBig,
                            test::kDeflated, test::kRle}) {
    auto spec = grey_spec(40, 40, 12);
    spec.transfer_syntax = syntax;
    spec.view_meaning = "postero-anterior";
    if (syntax == test::kRle) spec.fragments = {test::Bytes(3000, std::byte{7})};
    const auto whole = dicom_file(spec);
    for (int i = 0; i < 300; ++i) {
      auto file = whole;
      const auto changes = 1 + random() % 4;
      for (std::uint32_t k = 0; k < changes; ++k) {
        file[132 + random() % 600] = static_cast<std::byte>(random());
      }
      const auto result = decode_dicom(file, {.force = true});
      if (!result.ok()) {
        ASSERT_EQ(result.failure().line().find('\n'), std::string::npos);
      }
    }
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace veilray::vision
