// Every transfer syntax against DCMTK's own tools: what they encode, we must show as the original.
#include <gtest/gtest.h>

#include <cmath>

#include "base/test_folder.h"
#include "vision/dicom.h"
#include "vision/dicom/test_dicom.h"
#include "vision/dicom/test_tools.h"
#include "vision/preprocess.h"

namespace veilray::vision {
namespace {

struct CodecSource {
  const char* name;
  test::DicomSpec spec;
};

// Odd sizes, so that padding and partial blocks are met.
std::vector<CodecSource> codec_sources() {
  return {{"8 bits", test::grey_spec(67, 53, 8)},
          {"10 of 16 bits", test::grey_spec(67, 53, 10)},
          {"12 of 16 bits", test::grey_spec(67, 53, 12)},
          {"16 bits", test::grey_spec(67, 53, 16)},
          {"12 bits signed", test::grey_spec(67, 53, 12, true)},
          {"16 bits signed", test::grey_spec(67, 53, 16, true)},
          {"colour", test::colour_spec(67, 53)}};
}

class DicomCodecs : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::has_dcmtk_tools()) GTEST_SKIP() << "DCMTK's tools are not installed (dcmtk)";
  }
  /// The film as `tool` rewrites it, seen through our decoder.
  Result<Image> through(const std::string& tool, const test::DicomSpec& spec) {
    const auto plain = folder_ / "plain.dcm";
    const auto coded = folder_ / "coded.dcm";
    EXPECT_TRUE(write_file(plain, test::dicom_file(spec), {.overwrite = Overwrite::kReplace}).ok());
    EXPECT_TRUE(test::run_tool(tool, plain, coded)) << tool;
    return load_image(coded);
  }
  void expect_lossless(const std::string& tool) {
    for (const auto& source : codec_sources()) {
      SCOPED_TRACE(tool + ", " + source.name);
      const auto want = decode_dicom(test::dicom_file(source.spec));
      ASSERT_TRUE(want.ok()) << want.failure().line();
      const auto got = through(tool, source.spec);
      ASSERT_TRUE(got.ok()) << got.failure().line();
      EXPECT_EQ(got.value(), want.value());
    }
  }
  /// Against what DCMTK's own decoder makes of the coded file.
  void expect_as_dcmtk(const std::string& tool, const test::DicomSpec& spec,
                       const std::string& decoder = "dcmdjpeg") {
    SCOPED_TRACE(tool);
    const auto got = through(tool, spec);
    ASSERT_TRUE(got.ok()) << got.failure().line();
    ASSERT_TRUE(test::run_tool(decoder, folder_ / "coded.dcm", folder_ / "decoded.dcm"));
    EXPECT_EQ(got.value(), load_image(folder_ / "decoded.dcm").value());
  }

  TestFolder folder_;
};

TEST_F(DicomCodecs, ReadsTheUncompressedSyntaxes) {
  for (const auto* option : {"+te", "+ti", "+tb", "+td"}) {
    expect_lossless(std::string("dcmconv ") + option);
  }
}

TEST_F(DicomCodecs, ReadsLosslessJpeg) {
  expect_lossless("dcmcjpeg +e1");
  expect_lossless("dcmcjpeg +el +sv 6");
}

TEST_F(DicomCodecs, ReadsLosslessJpegLs) {
  expect_lossless("dcmcjpls +el");
  for (const auto* interleaving : {"+il", "+is", "+in"}) {
    expect_lossless(std::string("dcmcjpls +el ") + interleaving);
  }
}

TEST_F(DicomCodecs, ReadsRunLengths) { expect_lossless("dcmcrle"); }

TEST_F(DicomCodecs, ReadsFramesSplitIntoFragments) {
  expect_lossless("dcmcjpeg +e1 +fs 1");
  expect_lossless("dcmcrle +fs 1");
}

TEST_F(DicomCodecs, ReadsLossyJpegAsDcmtkDoes) {
  auto narrow = test::grey_spec(67, 53, 8);
  narrow.pixels = test::smooth_image(67, 53).samples;
  expect_as_dcmtk("dcmcjpeg +eb", narrow);
  expect_as_dcmtk("dcmcjpeg +ep", narrow);
  expect_as_dcmtk("dcmcjpeg +eb", test::colour_spec(67, 53));
  auto wide = test::grey_spec(67, 53, 12);
  wide.pixels = test::smooth_image(67, 53, Photometric::kGrey, 4095).samples;
  expect_as_dcmtk("dcmcjpeg +ee", wide);
  expect_as_dcmtk("dcmcjpls +en", wide, "dcmdjpls");
}

TEST_F(DicomCodecs, KeepsTwelveBitsOfExtendedJpeg) {
  auto spec = test::grey_spec(67, 53, 12);
  spec.pixels = test::smooth_image(67, 53, Photometric::kGrey, 4095).samples;
  spec.centre = "2048";
  spec.width = "4096";
  const auto want = decode_dicom(test::dicom_file(spec)).value();
  const auto got = through("dcmcjpeg +ee +q 100", spec);
  ASSERT_TRUE(got.ok()) << got.failure().line();
  constexpr int kTolerance = 6 * 16;  // six of 4096 levels: no 8-bit path could
  for (std::size_t i = 0; i < want.samples.size(); ++i) {
    ASSERT_NEAR(got.value().samples[i], want.samples[i], kTolerance) << i;
  }
}

TEST_F(DicomCodecs, FailsIfACompressedFrameIsCutShort) {
  for (const auto* tool : {"dcmcjpeg +e1", "dcmcjpeg +eb", "dcmcjpls +el"}) {
    const auto spec = test::grey_spec(67, 53, 8);
    ASSERT_TRUE(through(tool, spec).ok());
    auto file = read_file(folder_ / "coded.dcm", kMaxFileBytes).value();
    // The last item ends eight bytes before the end; its frame is wiped from the middle on, which
    // leaves every length as it was.
    std::fill(file.end() - 1000, file.end() - 8, std::byte{0});
    EXPECT_FALSE(decode_dicom(file).ok()) << tool;
  }
}

}  // namespace
}  // namespace veilray::vision
