#include "vision/png.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include "vision/test_files.h"

namespace veilray::vision {
namespace {

using test::Bytes;
using test::formula_image;
using ::testing::HasSubstr;

constexpr std::uint32_t kWidth = 61;
constexpr std::uint32_t kHeight = 47;

std::byte byte_of(std::uint32_t value) { return static_cast<std::byte>(value); }

/// Grey rows of `depth` bits, samples x + y modulo the range.
std::vector<Bytes> packed_rows(std::uint32_t depth) {
  std::vector<Bytes> rows(kHeight);
  for (std::uint32_t y = 0; y < kHeight; ++y) {
    rows[y].resize((kWidth * depth + 7) / 8);
    for (std::uint32_t x = 0; x < kWidth; ++x) {
      const auto shift = 8 - depth - x * depth % 8;
      rows[y][x * depth / 8] |= byte_of((x + y) % (1U << depth) << shift);
    }
  }
  return rows;
}

/// Rows with `channels` bytes a pixel; channel c holds x * (c + 1) + y.
std::vector<Bytes> channel_rows(std::uint32_t channels) {
  std::vector<Bytes> rows(kHeight);
  for (std::uint32_t y = 0; y < kHeight; ++y) {
    for (std::uint32_t x = 0; x < kWidth; ++x) {
      for (std::uint32_t c = 0; c < channels; ++c) rows[y].push_back(byte_of(x * (c + 1) + y));
    }
  }
  return rows;
}

void expect_channels(const Image& image, std::uint32_t channels) {
  ASSERT_EQ(image.channels(), channels);
  for (std::uint32_t i = 0; i < image.samples.size(); ++i) {
    const auto x = i / channels % kWidth;
    const auto y = i / channels / kWidth;
    ASSERT_EQ(image.samples[i], (x * (i % channels + 1) + y) % 256);
  }
}

TEST(DecodePng, GivesBackGreyAndRgbOf8And16BitsExactly) {
  for (const auto photometric : {Photometric::kGrey, Photometric::kRgb}) {
    for (const std::uint16_t max : {std::uint16_t{255}, std::uint16_t{65535}}) {
      const auto image = formula_image(kWidth, kHeight, photometric, max);
      EXPECT_EQ(decode_png(test::png_of(image)).value(), image);
    }
  }
}

TEST(DecodePng, SpreadsFewBitsOverTheWholeRange) {
  for (const std::uint32_t depth : {1U, 2U, 4U}) {
    const auto file =
        test::png_file({kWidth, kHeight, static_cast<std::uint8_t>(depth), 0}, packed_rows(depth));
    const auto image = decode_png(file).value();
    EXPECT_EQ(image.max_value, 255);
    for (std::uint32_t i = 0; i < image.samples.size(); ++i) {
      const auto level = (i % kWidth + i / kWidth) % (1U << depth);
      ASSERT_EQ(image.samples[i], level * 255 / ((1U << depth) - 1)) << depth << " bits";
    }
  }
}

TEST(DecodePng, DropsAlphaWithoutBlending) {
  expect_channels(decode_png(test::png_file({kWidth, kHeight, 8, 4},
                                            [] {
                                              auto rows = channel_rows(2);
                                              for (auto& row : rows) {
                                                for (std::size_t i = 1; i < row.size(); i += 2)
                                                  row[i] = std::byte{3};
                                              }
                                              return rows;
                                            }()))
                      .value(),
                  1);
  expect_channels(decode_png(test::png_file({kWidth, kHeight, 8, 6}, channel_rows(4))).value(), 3);
}

TEST(DecodePng, DropsTransparencyOfASingleColour) {
  const Bytes grey_key = {std::byte{0}, std::byte{5}};
  const auto image = formula_image(kWidth, kHeight);
  EXPECT_EQ(decode_png(test::png_of(image, {test::png_chunk("tRNS", grey_key)})).value(), image);
}

TEST(DecodePng, LooksColoursUpInThePalette) {
  Bytes palette;
  for (std::uint32_t i = 0; i < 16; ++i) {
    for (const auto level : {i * 16, 255 - i, i * i}) palette.push_back(byte_of(level));
  }
  const Bytes opacity(16, std::byte{100});
  const auto file = test::png_file(
      {kWidth, kHeight, 4, 3, {test::png_chunk("PLTE", palette), test::png_chunk("tRNS", opacity)}},
      packed_rows(4));
  const auto image = decode_png(file).value();
  ASSERT_EQ(image.photometric, Photometric::kRgb);
  for (std::uint32_t i = 0; i < image.pixels(); ++i) {
    const auto index = (i % kWidth + i / kWidth) % 16;
    ASSERT_EQ(image.samples[i * 3], index * 16);
    ASSERT_EQ(image.samples[i * 3 + 1], 255 - index);
    ASSERT_EQ(image.samples[i * 3 + 2], index * index);
  }
}

TEST(DecodePng, ReadsInterlacedFiles) {
  const auto image = formula_image(kWidth, kHeight);
  auto* png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  auto* info = png_create_info_struct(png);
  Bytes file;
  png_set_write_fn(
      png, &file,
      [](png_structp writer, png_bytep data, std::size_t size) {
        auto& out = *static_cast<Bytes*>(png_get_io_ptr(writer));
        const auto* from = reinterpret_cast<const std::byte*>(data);
        out.insert(out.end(), from, from + size);
      },
      [](png_structp) {});
  png_set_IHDR(png, info, kWidth, kHeight, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_ADAM7,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  std::vector<png_byte> samples(image.samples.begin(), image.samples.end());
  std::vector<png_bytep> rows;
  for (std::uint32_t y = 0; y < kHeight; ++y) rows.push_back(samples.data() + y * kWidth);
  png_write_image(png, rows.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  EXPECT_EQ(decode_png(file).value(), image);
}

TEST(DecodePng, FailsOnEveryPrefixOfAFile) {
  const auto file = test::png_of(formula_image(kWidth, kHeight));
  for (std::size_t size = 8; size < file.size(); ++size) {
    const auto result = decode_png(std::span(file).first(size));
    ASSERT_FALSE(result.ok()) << size << " of " << file.size() << " bytes";
    ASSERT_THAT(result.failure().line(), HasSubstr("truncated")) << size;
  }
}

TEST(DecodePng, FailsIfAnyCriticalByteChanges) {
  const auto whole = test::png_of(formula_image(kWidth, kHeight));
  constexpr std::size_t kSignature = 8;
  for (std::size_t at = kSignature; at < whole.size(); at += 3) {
    auto file = whole;
    file[at] ^= std::byte{0x10};
    EXPECT_FALSE(decode_png(file).ok()) << "byte " << at;
  }
}

TEST(DecodePng, FailsIfTheHeaderClaimsMoreThanTheDataCanHold) {
  auto spec = test::PngSpec{16000, 16000, 16, 6};
  const auto result = decode_png(test::png_file(spec, channel_rows(1)));
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.failure().line(), HasSubstr("truncated"));
}

TEST(WritePng, IsReadBackExactly) {
  for (const auto photometric : {Photometric::kGrey, Photometric::kRgb}) {
    for (const std::uint16_t max : {std::uint16_t{255}, std::uint16_t{65535}}) {
      const auto image = formula_image(kWidth, kHeight, photometric, max);
      EXPECT_EQ(decode_png(write_png(image)).value(), image);
    }
  }
}

TEST(WritePng, RescalesOddRangesTo16Bits) {
  const auto image = formula_image(kWidth, kHeight, Photometric::kGrey, 4095);
  const auto back = decode_png(write_png(image)).value();
  ASSERT_EQ(back.max_value, 65535);
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    ASSERT_EQ(back.samples[i], (image.samples[i] * 65535U + 2047) / 4095);
  }
}

TEST(WritePng, FailsIfThereAreNoPixels) { EXPECT_THROW(write_png(Image{}), Error); }

}  // namespace
}  // namespace veilray::vision
