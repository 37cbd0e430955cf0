#pragma once
// For tests: images by formula, and PNG and JPEG files written without our own writers.
#include <jpeglib.h>
#include <zlib.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "vision/image.h"

namespace veilray::vision::test {

using Bytes = std::vector<std::byte>;

/// A picture that no symmetry leaves unchanged, over the whole range of samples.
inline Image formula_image(std::uint32_t width, std::uint32_t height,
                           Photometric photometric = Photometric::kGrey,
                           std::uint16_t max_value = 255) {
  Image image{width, height, photometric, max_value};
  for (std::uint64_t y = 0; y < height; ++y) {
    for (std::uint64_t x = 0; x < width; ++x) {
      for (std::uint64_t c = 0; c < image.channels(); ++c) {
        const auto value = (x * x * 7 + y * y * 3 + x * y * 5 + c * 4099) % 65536;
        image.samples.push_back(static_cast<std::uint16_t>(value * max_value / 65535));
      }
    }
  }
  return image;
}

/// Slow ramps: what lossy codecs keep nearly as it is.
inline Image smooth_image(std::uint32_t width, std::uint32_t height,
                          Photometric photometric = Photometric::kGrey,
                          std::uint16_t max_value = 255) {
  Image image{width, height, photometric, max_value};
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      for (std::uint32_t c = 0; c < image.channels(); ++c) {
        const double ramp = c == 0 ? static_cast<double>(x) / width
                                   : (c == 1 ? static_cast<double>(y) / height
                                             : 1 - static_cast<double>(x + y) / (width + height));
        image.samples.push_back(static_cast<std::uint16_t>(ramp * max_value));
      }
    }
  }
  return image;
}

inline void append_big_endian(Bytes& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::byte>(value >> shift));
}

inline Bytes png_chunk(std::string_view type, std::span<const std::byte> data) {
  Bytes body(as_bytes(type).begin(), as_bytes(type).end());
  body.insert(body.end(), data.begin(), data.end());
  Bytes chunk;
  append_big_endian(chunk, static_cast<std::uint32_t>(data.size()));
  chunk.insert(chunk.end(), body.begin(), body.end());
  const auto crc =
      crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  append_big_endian(chunk, static_cast<std::uint32_t>(crc));
  return chunk;
}

struct PngSpec {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint8_t bit_depth = 8;
  std::uint8_t colour_type = 0;  // 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGB + alpha
  std::vector<Bytes> chunks_before_data = {};
};

/// `rows` holds the packed samples of each row, without filter bytes.
inline Bytes png_file(const PngSpec& spec, const std::vector<Bytes>& rows) {
  Bytes header;
  append_big_endian(header, spec.width);
  append_big_endian(header, spec.height);
  for (const int byte : {int{spec.bit_depth}, int{spec.colour_type}, 0, 0, 0}) {
    header.push_back(static_cast<std::byte>(byte));
  }
  Bytes raw;
  for (const auto& row : rows) {
    raw.push_back(std::byte{0});
    raw.insert(raw.end(), row.begin(), row.end());
  }
  uLongf size = compressBound(static_cast<uLong>(raw.size()));
  Bytes deflated(size);
  compress(reinterpret_cast<Bytef*>(deflated.data()), &size,
           reinterpret_cast<const Bytef*>(raw.data()), static_cast<uLong>(raw.size()));
  deflated.resize(size);

  Bytes file;
  const auto append = [&file](const Bytes& part) {
    file.insert(file.end(), part.begin(), part.end());
  };
  const auto signature = as_bytes("\x89PNG\r\n\x1A\n");
  file.assign(signature.begin(), signature.end());
  append(png_chunk("IHDR", header));
  for (const auto& chunk : spec.chunks_before_data) append(chunk);
  append(png_chunk("IDAT", deflated));
  append(png_chunk("IEND", {}));
  return file;
}

/// Grey or RGB of 8 or 16 bits.
inline Bytes png_of(const Image& image, std::vector<Bytes> chunks_before_data = {}) {
  const bool wide = image.max_value > 255;
  const auto row_samples = image.width * image.channels();
  std::vector<Bytes> rows(image.height);
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    auto& row = rows[i / row_samples];
    if (wide) row.push_back(static_cast<std::byte>(image.samples[i] >> 8));
    row.push_back(static_cast<std::byte>(image.samples[i]));
  }
  return png_file(
      {image.width, image.height, static_cast<std::uint8_t>(wide ? 16 : 8),
       static_cast<std::uint8_t>(image.channels() == 3 ? 2 : 0), std::move(chunks_before_data)},
      rows);
}

struct JpegSpec {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  J_COLOR_SPACE given = JCS_GRAYSCALE;
  J_COLOR_SPACE stored = JCS_GRAYSCALE;
  bool adobe_marker = false;
  bool progressive = false;
  int quality = 100;
};

/// `samples`: interleaved, as many a pixel as `given` has.
inline Bytes jpeg_file(const JpegSpec& spec, const std::vector<std::uint8_t>& samples) {
  jpeg_compress_struct codec = {};
  jpeg_error_mgr errors = {};
  codec.err = jpeg_std_error(&errors);
  jpeg_create_compress(&codec);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&codec, &buffer, &size);
  codec.image_width = spec.width;
  codec.image_height = spec.height;
  codec.input_components = static_cast<int>(samples.size() / (spec.width * spec.height));
  codec.in_color_space = spec.given;
  jpeg_set_defaults(&codec);
  jpeg_set_colorspace(&codec, spec.stored);
  jpeg_set_quality(&codec, spec.quality, TRUE);
  for (int c = 0; c < codec.num_components; ++c) {
    codec.comp_info[c].h_samp_factor = codec.comp_info[c].v_samp_factor = 1;
  }
  if (spec.progressive) jpeg_simple_progression(&codec);
  codec.write_Adobe_marker = spec.adobe_marker ? TRUE : FALSE;
  jpeg_start_compress(&codec, TRUE);
  const auto row_samples = samples.size() / spec.height;
  for (std::size_t y = 0; y < spec.height; ++y) {
    auto* row = const_cast<JSAMPLE*>(samples.data() + y * row_samples);
    jpeg_write_scanlines(&codec, &row, 1);
  }
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  const auto* begin = reinterpret_cast<const std::byte*>(buffer);
  Bytes file(begin, begin + size);
  std::free(buffer);
  return file;
}

inline Bytes jpeg_of(const Image& image, bool progressive = false) {
  const bool grey = image.photometric == Photometric::kGrey;
  return jpeg_file({.width = image.width,
                    .height = image.height,
                    .given = grey ? JCS_GRAYSCALE : JCS_RGB,
                    .stored = grey ? JCS_GRAYSCALE : JCS_YCbCr,
                    .progressive = progressive},
                   {image.samples.begin(), image.samples.end()});
}

}  // namespace veilray::vision::test
