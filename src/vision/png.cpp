#include "vision/png.h"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "vision/guarded.h"
#include "vision/png_chunks.h"

namespace veilray::vision {
namespace {

/// What libpng's callbacks reach through their user pointers.
struct PngState {
  std::jmp_buf escape = {};
  bool ran_dry = false;
  std::span<const std::byte> input = {};
  std::vector<std::byte> output = {};
};

[[noreturn]] void on_error(png_structp png, png_const_charp /*message*/) {
  std::longjmp(static_cast<PngState*>(png_get_error_ptr(png))->escape, 1);
}

void on_warning(png_structp /*png*/, png_const_charp /*message*/) {}

void on_read(png_structp png, png_bytep out, std::size_t count) {
  auto& state = *static_cast<PngState*>(png_get_io_ptr(png));
  if (state.input.size() < count) {
    state.ran_dry = true;
    png_error(png, "end of data");
  }
  std::memcpy(out, state.input.data(), count);
  state.input = state.input.subspan(count);
}

void on_write(png_structp png, png_bytep data, std::size_t count) {
  auto& output = static_cast<PngState*>(png_get_io_ptr(png))->output;
  const auto* from = reinterpret_cast<const std::byte*>(data);
  output.insert(output.end(), from, from + count);
}

void on_flush(png_structp /*png*/) {}

/// Everything becomes 16-bit grey or RGB without alpha; tRNS and gamma are not applied.
void ask_for_16_bit_colour(png_structp png, png_infop info) {
  constexpr png_uint_32 kMaxChunkBytes = 8U << 20;
  png_set_user_limits(png, kMaxSide, kMaxSide);
  png_set_chunk_malloc_max(png, kMaxChunkBytes);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_WARN_DISCARD);
  png_read_info(png, info);
  const auto colour = png_get_color_type(png, info);
  if (colour == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (colour == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
  png_set_expand_16(png);    // makes alpha out of a tRNS chunk,
  png_set_strip_alpha(png);  // so this comes after it
  png_set_swap(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
}

class PngReader {
 public:
  explicit PngReader(std::span<const std::byte> bytes) {
    state_.input = bytes;
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state_, on_error, on_warning);
    info_ = png_create_info_struct(png_);
    png_set_read_fn(png_, &state_, on_read);
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  bool start() {
    return guarded(state_.escape, [this] { ask_for_16_bit_colour(png_, info_); });
  }
  /// Bytes of a row after conversion; 0 where libpng could not even be set up.
  std::size_t row_bytes() const { return png_get_rowbytes(png_, info_); }
  bool read(std::span<png_bytep> rows) {
    return guarded(state_.escape, [this, rows] {
      png_read_image(png_, rows.data());
      png_read_end(png_, nullptr);
    });
  }
  Failure failure() const {
    return {ErrorCode::kMalformed,
            state_.ran_dry ? "the PNG image is truncated" : "the PNG image is damaged", "",
            "copy or export it again"};
  }

 private:
  PngState state_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

void narrow_to_8_bit(Image& image) {
  constexpr int kReplicated = 257;  // libpng widens v to v * 257
  image.max_value = 255;
  for (auto& sample : image.samples) sample = static_cast<std::uint16_t>(sample / kReplicated);
}

class PngWriter {
 public:
  PngWriter() {
    png_ = png_create_write_struct(PNG_LIBPNG_VER_STRING, &state_, on_error, on_warning);
    info_ = png_create_info_struct(png_);
    png_set_write_fn(png_, &state_, on_write, on_flush);
  }
  ~PngWriter() { png_destroy_write_struct(&png_, &info_); }
  PngWriter(const PngWriter&) = delete;
  PngWriter& operator=(const PngWriter&) = delete;

  bool write(const Image& image, int bit_depth, std::span<png_bytep> rows) {
    return guarded(state_.escape, [&, this] {
      const int colour =
          image.photometric == Photometric::kGrey ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB;
      png_set_IHDR(png_, info_, image.width, image.height, bit_depth, colour, PNG_INTERLACE_NONE,
                   PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
      png_write_info(png_, info_);
      png_write_image(png_, rows.data());
      png_write_end(png_, nullptr);
    });
  }
  std::vector<std::byte> release() { return std::move(state_.output); }

 private:
  PngState state_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

// Samples as PNG stores them: one byte, or two with the higher first.
std::vector<png_byte> packed_samples(const Image& image, bool wide) {
  std::vector<png_byte> packed;
  packed.reserve(image.samples.size() * (wide ? 2 : 1));
  const std::uint32_t max = image.max_value;
  for (const std::uint32_t sample : image.samples) {
    const auto value = wide ? (sample * 65535U + max / 2) / max : sample;
    if (wide) packed.push_back(static_cast<png_byte>(value >> 8));
    packed.push_back(static_cast<png_byte>(value));
  }
  return packed;
}

}  // namespace

Result<Image> decode_png(std::span<const std::byte> bytes) {
  VEILRAY_TRY(header, check_png_chunks(bytes));
  PngReader reader(bytes);
  if (!reader.start()) return reader.failure();

  Image image{header.width, header.height, Photometric::kGrey, 65535};
  if ((header.colour_type & PNG_COLOR_MASK_COLOR) != 0) image.photometric = Photometric::kRgb;
  const auto row_samples = std::size_t{image.width} * image.channels();
  if (reader.row_bytes() != row_samples * sizeof(std::uint16_t)) return reader.failure();
  image.samples.resize(row_samples * image.height);
  std::vector<png_bytep> rows(image.height);
  for (std::size_t y = 0; y < rows.size(); ++y) {
    rows[y] = reinterpret_cast<png_bytep>(image.samples.data() + y * row_samples);
  }
  if (!reader.read(rows)) return reader.failure();
  if (header.bit_depth <= 8) narrow_to_8_bit(image);
  return image;
}

std::vector<std::byte> write_png(const Image& image) {
  const bool wide = image.max_value != 255;
  if (image.samples.empty()) throw Error(ErrorCode::kInvalidArgument, "an image without pixels");
  auto packed = packed_samples(image, wide);
  std::vector<png_bytep> rows(image.height);
  for (std::size_t y = 0; y < rows.size(); ++y) {
    rows[y] = packed.data() + y * (packed.size() / image.height);
  }
  PngWriter writer;
  if (!writer.write(image, wide ? 16 : 8, rows)) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("cannot write a {} x {} PNG", image.width, image.height));
  }
  return writer.release();
}

}  // namespace veilray::vision
