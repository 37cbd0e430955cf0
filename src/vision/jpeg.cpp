#include "vision/jpeg.h"

// jpeglib.h wants size_t and FILE before it.
#include <jerror.h>
#include <jpeglib.h>

#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "vision/guarded.h"

namespace veilray::vision {
namespace {

constexpr std::uint32_t kMaxValue = 255;
// A progressive file may repeat cheap scans to burn time; encoders write about ten.
constexpr int kMaxScans = 200;
// Every 8 x 8 block takes a bit at the least.
constexpr std::uint64_t kMaxPixelsPerByte = 512;

Failure truncated_jpeg() {
  return {ErrorCode::kMalformed, "the JPEG image is truncated", "", "copy or export it again"};
}

struct JpegErrors {
  jpeg_error_mgr manager = {};  // first: libjpeg hands back a pointer to it
  std::jmp_buf escape = {};
  int code = 0;
};

[[noreturn]] void leave(j_common_ptr codec) {
  auto* errors = reinterpret_cast<JpegErrors*>(codec->err);
  errors->code = errors->manager.msg_code;
  std::longjmp(errors->escape, 1);
}

// Where libjpeg would invent missing pixels or skip bytes and go on, we stop. What remains are
// notes about the version and the colour marker.
bool is_harmless(int code) { return code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR; }

void on_message(j_common_ptr codec, int level) {
  if (level < 0 && !is_harmless(codec->err->msg_code)) leave(codec);
}

void on_output(j_common_ptr /*codec*/) {}

void on_progress(j_common_ptr codec) {
  if (reinterpret_cast<j_decompress_ptr>(codec)->input_scan_number > kMaxScans) leave(codec);
}

class JpegReader {
 public:
  JpegReader() {
    codec_.err = jpeg_std_error(&errors_.manager);
    errors_.manager.error_exit = leave;
    errors_.manager.emit_message = on_message;
    errors_.manager.output_message = on_output;
  }
  ~JpegReader() { jpeg_destroy_decompress(&codec_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  bool read_header(std::span<const std::byte> bytes) {
    return guarded(errors_.escape, [this, bytes] {
      jpeg_create_decompress(&codec_);
      progress_.progress_monitor = on_progress;
      codec_.progress = &progress_;
      jpeg_mem_src(&codec_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
      jpeg_read_header(&codec_, TRUE);
      codec_.out_color_space = output_space(codec_.jpeg_color_space);
    });
  }
  bool start() {
    return guarded(errors_.escape, [this] { jpeg_start_decompress(&codec_); });
  }
  /// The next row into `row`, which holds output_width * output_components samples.
  bool read_row(std::span<JSAMPLE> row) {
    return guarded(errors_.escape, [this, row] {
      JSAMPROW rows[] = {row.data()};
      jpeg_read_scanlines(&codec_, rows, 1);
    });
  }
  bool finish() {
    return guarded(errors_.escape, [this] { jpeg_finish_decompress(&codec_); });
  }

  const jpeg_decompress_struct& codec() const noexcept { return codec_; }
  Failure failure() const;

 private:
  static J_COLOR_SPACE output_space(J_COLOR_SPACE stored) {
    if (stored == JCS_GRAYSCALE) return JCS_GRAYSCALE;
    return stored == JCS_CMYK || stored == JCS_YCCK ? JCS_CMYK : JCS_RGB;
  }

  JpegErrors errors_;
  jpeg_progress_mgr progress_ = {};
  jpeg_decompress_struct codec_ = {};
};

Failure JpegReader::failure() const {
  switch (errors_.code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JERR_INPUT_EOF:
    case JERR_INPUT_EMPTY:
      return truncated_jpeg();
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_CONVERSION_NOTIMPL:
      return {ErrorCode::kUnsupported, "this kind of JPEG image is not accepted", "",
              "convert it to an 8-bit baseline JPEG or to PNG"};
    case JERR_EMPTY_IMAGE:
    case JERR_IMAGE_TOO_BIG:
      return {ErrorCode::kUnsupported, "the JPEG image has no usable size", "",
              "give a film between 32 and 16384 pixels a side"};
    default:
      return {ErrorCode::kMalformed, "the JPEG image is damaged", "", "copy or export it again"};
  }
}

// Adobe stores the four inks inverted, so that 255 is no ink.
void append_cmyk_as_rgb(std::span<const JSAMPLE> row, bool inverted,
                        std::vector<std::uint16_t>& out) {
  const auto light = [inverted](std::uint32_t ink) { return inverted ? ink : kMaxValue - ink; };
  for (std::size_t i = 0; i + 3 < row.size(); i += 4) {
    const auto key = light(row[i + 3]);
    for (std::size_t c = 0; c < 3; ++c) {
      out.push_back(
          static_cast<std::uint16_t>((light(row[i + c]) * key + kMaxValue / 2) / kMaxValue));
    }
  }
}

}  // namespace

Result<Image> decode_jpeg(std::span<const std::byte> bytes) {
  JpegReader reader;
  if (!reader.read_header(bytes)) return reader.failure();
  const auto& codec = reader.codec();
  VEILRAY_CHECK_OK(check_size(codec.image_width, codec.image_height));
  if (std::uint64_t{codec.image_width} * codec.image_height > bytes.size() * kMaxPixelsPerByte) {
    return truncated_jpeg();
  }
  if (!reader.start()) return reader.failure();

  const bool grey = codec.out_color_space == JCS_GRAYSCALE;
  Image image{codec.output_width, codec.output_height,
              grey ? Photometric::kGrey : Photometric::kRgb, kMaxValue};
  std::vector<JSAMPLE> row(std::size_t{codec.output_width} *
                           static_cast<std::size_t>(codec.output_components));
  // The samples grow row by row: a short file that declares a large picture stays small.
  for (std::uint32_t y = 0; y < image.height; ++y) {
    if (!reader.read_row(row)) return reader.failure();
    if (codec.out_color_space == JCS_CMYK) {
      append_cmyk_as_rgb(row, codec.saw_Adobe_marker != FALSE, image.samples);
    } else {
      image.samples.insert(image.samples.end(), row.begin(), row.end());
    }
  }
  if (!reader.finish()) return reader.failure();
  return image;
}

}  // namespace veilray::vision
