#include "vision/dicom/jpeg_ls.h"

#include <charls/charls_jpegls_decoder.h>

#include <memory>

#include "vision/dicom/frame_header.h"

namespace veilray::vision::dicom {
namespace {

struct DestroyDecoder {
  void operator()(charls_jpegls_decoder* decoder) const { charls_jpegls_decoder_destroy(decoder); }
};
using Decoder = std::unique_ptr<charls_jpegls_decoder, DestroyDecoder>;

Failure damaged_jpeg_ls() {
  return {ErrorCode::kMalformed, "the JPEG-LS frame of the DICOM file is truncated or damaged", "",
          "copy or export it again"};
}

bool good(charls_jpegls_errc result) { return result == charls_jpegls_errc::success; }

bool read_header(charls_jpegls_decoder* decoder, std::span<const std::byte> frame,
                 FrameHeader& header) {
  charls_frame_info info = {};
  if (!good(charls_jpegls_decoder_set_source_buffer(decoder, frame.data(), frame.size())) ||
      !good(charls_jpegls_decoder_read_header(decoder)) ||
      !good(charls_jpegls_decoder_get_frame_info(decoder, &info))) {
    return false;
  }
  header = {static_cast<std::uint32_t>(info.bits_per_sample), info.height, info.width,
            static_cast<std::uint32_t>(info.component_count)};
  return true;
}

/// Decoded samples are `Sample` wide in the buffer of CharLS.
template <class Sample>
bool decode_as(charls_jpegls_decoder* decoder, Patterns& patterns, std::uint32_t shift) {
  std::vector<Sample> samples(patterns.size());
  if (!good(charls_jpegls_decoder_decode_to_buffer(decoder, samples.data(),
                                                   samples.size() * sizeof(Sample), 0))) {
    return false;
  }
  for (std::size_t i = 0; i < samples.size(); ++i) {
    patterns[i] = static_cast<std::uint16_t>(std::uint32_t{samples[i]} << shift);
  }
  return true;
}

}  // namespace

Result<Patterns> decode_jpeg_ls(std::span<const std::byte> frame, PixelFormat& format) {
  const Decoder decoder(charls_jpegls_decoder_create());
  FrameHeader header;
  if (!decoder || !read_header(decoder.get(), frame, header) || !agrees(header, format)) {
    return damaged_jpeg_ls();
  }
  auto mode = charls_interleave_mode::none;
  if (!good(charls_jpegls_decoder_get_interleave_mode(decoder.get(), &mode)))
    return damaged_jpeg_ls();
  format.planar = mode == charls_interleave_mode::none;

  Patterns patterns(format.samples());
  const auto shift = pattern_shift(header.precision, format);
  const bool decoded = header.precision <= 8
                           ? decode_as<std::uint8_t>(decoder.get(), patterns, shift)
                           : decode_as<std::uint16_t>(decoder.get(), patterns, shift);
  if (!decoded) return damaged_jpeg_ls();
  return patterns;
}

}  // namespace veilray::vision::dicom
