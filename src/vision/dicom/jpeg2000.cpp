#include "vision/dicom/jpeg2000.h"

#include <openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "vision/dicom/frame_header.h"

namespace veilray::vision::dicom {
namespace {

/// A span with a position, as OpenJPEG's stream callbacks want it.
struct Source {
  std::span<const std::byte> bytes;
  std::size_t at = 0;
};

OPJ_SIZE_T on_read(void* out, OPJ_SIZE_T count, void* user) {
  auto& source = *static_cast<Source*>(user);
  const auto left = source.bytes.size() - source.at;
  if (left == 0) return static_cast<OPJ_SIZE_T>(-1);
  const auto taken = std::min(left, count);
  std::memcpy(out, source.bytes.data() + source.at, taken);
  source.at += taken;
  return taken;
}

OPJ_OFF_T on_skip(OPJ_OFF_T count, void* user) {
  auto& source = *static_cast<Source*>(user);
  const auto left = static_cast<OPJ_OFF_T>(source.bytes.size() - source.at);
  if (count < 0 || count > left) return -1;
  source.at += static_cast<std::size_t>(count);
  return count;
}

OPJ_BOOL on_seek(OPJ_OFF_T to, void* user) {
  auto& source = *static_cast<Source*>(user);
  if (to < 0 || static_cast<std::size_t>(to) > source.bytes.size()) return OPJ_FALSE;
  source.at = static_cast<std::size_t>(to);
  return OPJ_TRUE;
}

// opj_codec_t and opj_stream_t are both `void`, so each needs a deleter of its own.
struct DestroyCodec {
  void operator()(opj_codec_t* codec) const { opj_destroy_codec(codec); }
};
struct DestroyStream {
  void operator()(opj_stream_t* stream) const { opj_stream_destroy(stream); }
};
struct DestroyImage {
  void operator()(opj_image_t* image) const { opj_image_destroy(image); }
};
using Codec = std::unique_ptr<opj_codec_t, DestroyCodec>;
using Stream = std::unique_ptr<opj_stream_t, DestroyStream>;
using Picture = std::unique_ptr<opj_image_t, DestroyImage>;

void on_message(const char* /*text*/, void* /*user*/) {}

Codec make_codec(std::span<const std::byte> frame) {
  constexpr auto kJp2SignatureBox = std::byte{0};  // a bare codestream starts with FF 4F
  const bool boxed = !frame.empty() && frame[0] == kJp2SignatureBox;
  Codec codec(opj_create_decompress(boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K));
  opj_set_info_handler(codec.get(), on_message, nullptr);
  opj_set_warning_handler(codec.get(), on_message, nullptr);
  opj_set_error_handler(codec.get(), on_message, nullptr);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  opj_setup_decoder(codec.get(), &parameters);
  opj_decoder_set_strict_mode(codec.get(), OPJ_TRUE);  // truncated: an error
  return codec;
}

Stream make_stream(Source& source) {
  Stream stream(opj_stream_default_create(OPJ_TRUE));
  opj_stream_set_user_data(stream.get(), &source, nullptr);
  opj_stream_set_user_data_length(stream.get(), source.bytes.size());
  opj_stream_set_read_function(stream.get(), on_read);
  opj_stream_set_skip_function(stream.get(), on_skip);
  opj_stream_set_seek_function(stream.get(), on_seek);
  return stream;
}

bool agrees(const opj_image_t& image, const PixelFormat& format) {
  if (image.numcomps != format.samples_per_pixel) return false;
  const auto* begin = image.comps;
  return std::all_of(begin, begin + image.numcomps, [&format](const opj_image_comp_t& component) {
    return component.w == format.columns && component.h == format.rows && component.dx == 1 &&
           component.dy == 1 && component.prec >= 1 && component.prec <= format.bits_allocated;
  });
}

Failure damaged_jpeg2000() {
  return {ErrorCode::kMalformed, "the JPEG 2000 frame of the DICOM file is truncated or damaged",
          "", "copy or export it again"};
}

Patterns interleave(const opj_image_t& image, const PixelFormat& format) {
  const auto shift = pattern_shift(image.comps[0].prec, format);
  Patterns patterns;
  patterns.reserve(format.samples());
  const auto pixels = std::size_t{format.rows} * format.columns;
  for (std::size_t i = 0; i < pixels; ++i) {
    for (std::size_t c = 0; c < image.numcomps; ++c) {
      const auto value = static_cast<std::uint32_t>(image.comps[c].data[i]);
      patterns.push_back(static_cast<std::uint16_t>(value << shift));
    }
  }
  return patterns;
}

}  // namespace

Result<Patterns> decode_jpeg2000(std::span<const std::byte> frame, const PixelFormat& format) {
  Source source{frame};
  const auto codec = make_codec(frame);
  const auto stream = make_stream(source);
  opj_image_t* raw = nullptr;
  const bool has_header = opj_read_header(stream.get(), codec.get(), &raw) != OPJ_FALSE;
  const Picture image(raw);
  if (!has_header || !image) return damaged_jpeg2000();
  if (!agrees(*image, format)) {
    return Failure{ErrorCode::kMalformed,
                   "the JPEG 2000 frame has another size or depth than the DICOM header says", "",
                   "export it again"};
  }
  const bool decoded = opj_decode(codec.get(), stream.get(), image.get()) != OPJ_FALSE &&
                       opj_end_decompress(codec.get(), stream.get()) != OPJ_FALSE;
  const auto has_data = [](const opj_image_comp_t& component) { return component.data != nullptr; };
  if (!decoded || !agrees(*image, format) ||
      !std::all_of(image->comps, image->comps + image->numcomps, has_data)) {
    return damaged_jpeg2000();
  }
  return interleave(*image, format);
}

}  // namespace veilray::vision::dicom
