// JPEG 2000 frames made here with OpenJPEG's encoder, and the way round through DICOM.
#include <gtest/gtest.h>
#include <openjpeg.h>

#include <cmath>
#include <cstring>
#include <memory>

#include "vision/dicom.h"
#include "vision/dicom/jpeg2000.h"
#include "vision/dicom/test_dicom.h"

namespace veilray::vision {
namespace {

using test::Bytes;

struct Sink {
  Bytes bytes;
  std::size_t at = 0;
};

opj_stream_t* stream_into(Sink& sink) {
  auto* stream = opj_stream_default_create(OPJ_FALSE);
  opj_stream_set_user_data(stream, &sink, nullptr);
  opj_stream_set_write_function(stream, [](void* from, OPJ_SIZE_T size, void* user) {
    auto& out = *static_cast<Sink*>(user);
    out.bytes.resize(std::max(out.bytes.size(), out.at + size));
    std::memcpy(out.bytes.data() + out.at, from, size);
    out.at += size;
    return size;
  });
  opj_stream_set_skip_function(stream, [](OPJ_OFF_T size, void* user) {
    static_cast<Sink*>(user)->at += static_cast<std::size_t>(size);
    return size;
  });
  opj_stream_set_seek_function(stream, [](OPJ_OFF_T to, void* user) {
    static_cast<Sink*>(user)->at = static_cast<std::size_t>(to);
    return OPJ_TRUE;
  });
  return stream;
}

opj_image_t* opj_image_of(const test::DicomSpec& spec) {
  const auto& format = spec.format;
  std::vector<opj_image_cmptparm_t> components(format.samples_per_pixel);
  for (auto& component : components) {
    component = {.dx = 1,
                 .dy = 1,
                 .w = format.columns,
                 .h = format.rows,
                 .x0 = 0,
                 .y0 = 0,
                 .prec = format.bits_stored,
                 .bpp = format.bits_stored,
                 .sgnd = format.is_signed ? 1U : 0U};
  }
  auto* image = opj_image_create(format.samples_per_pixel, components.data(),
                                 components.size() == 3 ? OPJ_CLRSPC_SRGB : OPJ_CLRSPC_GRAY);
  image->x1 = format.columns;
  image->y1 = format.rows;
  for (std::size_t i = 0; i < spec.pixels.size(); ++i) {
    image->comps[i % components.size()].data[i / components.size()] =
        dicom::stored_value(spec.pixels[i], format);
  }
  return image;
}

Bytes encode(const test::DicomSpec& spec, bool lossless, OPJ_CODEC_FORMAT kind = OPJ_CODEC_J2K) {
  opj_cparameters_t parameters;
  opj_set_default_encoder_parameters(&parameters);
  parameters.irreversible = lossless ? 0 : 1;
  parameters.tcp_numlayers = 1;
  parameters.cp_disto_alloc = 1;
  parameters.tcp_rates[0] = lossless ? 0 : 4;
  parameters.tcp_mct = spec.format.samples_per_pixel == 3 ? 1 : 0;
  auto* image = opj_image_of(spec);
  auto* codec = opj_create_compress(kind);
  Sink sink;
  auto* stream = stream_into(sink);
  EXPECT_TRUE(opj_setup_encoder(codec, &parameters, image));
  EXPECT_TRUE(opj_start_compress(codec, image, stream));
  EXPECT_TRUE(opj_encode(codec, stream));
  EXPECT_TRUE(opj_end_compress(codec, stream));
  opj_stream_destroy(stream);
  opj_destroy_codec(codec);
  opj_image_destroy(image);
  return sink.bytes;
}

/// The same film with its pixels encapsulated.
test::DicomSpec encapsulated(test::DicomSpec spec, std::vector<Bytes> fragments) {
  spec.transfer_syntax = test::kJpeg2000Lossless;
  spec.fragments = std::move(fragments);
  if (spec.format.samples_per_pixel == 3) spec.format.photometric = "YBR_RCT";
  return spec;
}

std::vector<test::DicomSpec> jpeg2000_sources() {
  return {test::grey_spec(97, 81, 8),        test::grey_spec(97, 81, 10),
          test::grey_spec(97, 81, 15),       test::grey_spec(97, 81, 16),
          test::grey_spec(97, 81, 12, true), test::colour_spec(97, 81)};
}

TEST(DicomJpeg2000, GivesBackEveryDepthExactly) {
  for (const auto& spec : jpeg2000_sources()) {
    SCOPED_TRACE(spec.format.bits_stored);
    for (const auto kind : {OPJ_CODEC_J2K, OPJ_CODEC_JP2}) {
      const auto coded = encapsulated(spec, {encode(spec, true, kind)});
      const auto got = decode_dicom(test::dicom_file(coded));
      ASSERT_TRUE(got.ok()) << got.failure().line();
      EXPECT_EQ(got.value(), decode_dicom(test::dicom_file(spec)).value());
    }
  }
}

TEST(DicomJpeg2000, JoinsFragments) {
  const auto spec = test::grey_spec(97, 81, 12);
  const auto whole = encode(spec, true);
  std::vector<Bytes> fragments;
  for (std::size_t at = 0; at < whole.size(); at += 1000) {
    const auto end = std::min(at + 1000, whole.size());
    fragments.emplace_back(whole.begin() + static_cast<std::ptrdiff_t>(at),
                           whole.begin() + static_cast<std::ptrdiff_t>(end));
  }
  ASSERT_GT(fragments.size(), 3U);
  const auto got = decode_dicom(test::dicom_file(encapsulated(spec, fragments))).value();
  EXPECT_EQ(got, decode_dicom(test::dicom_file(spec)).value());
}

TEST(DicomJpeg2000, StaysCloseWhenLossy) {
  auto spec = test::grey_spec(97, 81, 12);
  spec.pixels = test::smooth_image(97, 81, Photometric::kGrey, 4095).samples;
  auto coded = encapsulated(spec, {encode(spec, false)});
  coded.transfer_syntax = test::kJpeg2000;
  const auto got = decode_dicom(test::dicom_file(coded)).value();
  const auto want = decode_dicom(test::dicom_file(spec)).value();
  for (std::size_t i = 0; i < want.samples.size(); ++i) {
    ASSERT_NEAR(got.samples[i], want.samples[i], 16 * 16) << i;
  }
}

TEST(DicomJpeg2000, FailsOnATruncatedFrame) {
  const auto spec = test::grey_spec(97, 81, 12);
  const auto whole = encode(spec, true);
  for (const std::size_t size : {2U, 20U, 60U, 150U, 1000U, 3000U}) {
    ASSERT_LT(size, whole.size());
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(decode_dicom(test::dicom_file(encapsulated(spec, {cut}))).ok()) << size;
  }
}

TEST(DicomJpeg2000, FailsIfTheFrameHasAnotherSizeThanTheHeader) {
  const auto spec = test::grey_spec(97, 81, 12);
  auto other = encapsulated(spec, {encode(spec, true)});
  other.format.rows = 80;
  EXPECT_FALSE(decode_dicom(test::dicom_file(other)).ok());
  other.format.rows = 81;
  other.format.bits_allocated = 8;
  other.format.bits_stored = 8;
  other.format.high_bit = 7;
  EXPECT_FALSE(decode_dicom(test::dicom_file(other)).ok());
}

}  // namespace
}  // namespace veilray::vision
