#include "vision/dicom/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace veilray::vision::dicom {
namespace {

using ::testing::HasSubstr;

TEST(CheckKind, TakesProjectionRadiographyOnlyUnlessForced) {
  for (const auto* modality : {"CR", "DX", "DR", "RF", "OT", "SC", ""}) {
    EXPECT_TRUE(check_kind({.modality = modality}, {}).ok()) << modality;
  }
  for (const auto* modality : {"CT", "MR", "US", "MG", "XA", "SR"}) {
    const auto status = check_kind({.modality = modality}, {});
    ASSERT_FALSE(status.ok()) << modality;
    EXPECT_THAT(status.failure().line(), HasSubstr(modality));
    EXPECT_TRUE(check_kind({.modality = modality}, {.force = true}).ok()) << modality;
  }
}

TEST(CheckKind, DoesNotPrintAnOddModality) {
  const auto status = check_kind({.modality = "\x1B[31m red\n"}, {});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.failure().line().find_first_of("\x1B\n"), std::string::npos);
}

TEST(CheckKind, FailsIfThereAreSeveralFramesEvenIfForced) {
  for (const std::int64_t frames : {-1, 0, 2, 100000}) {
    EXPECT_FALSE(check_kind({.frames = frames}, {.force = true}).ok()) << frames;
  }
}

TEST(IsLateral, BelievesViewPositionFirst) {
  for (const auto* view : {"LL", "RL", "LATERAL", "LAT"}) {
    EXPECT_TRUE(is_lateral({.view_position = view})) << view;
    EXPECT_FALSE(check_kind({.view_position = view}, {}).ok()) << view;
    EXPECT_TRUE(check_kind({.view_position = view}, {.force = true}).ok()) << view;
  }
  EXPECT_FALSE(is_lateral({.view_position = "PA", .orientation = {"A", "F"}}));
  EXPECT_FALSE(is_lateral({.view_position = "AP", .view_meaning = "lateral"}));
}

TEST(IsLateral, ReadsTheViewCode) {
  EXPECT_TRUE(is_lateral({.view_code = "399173006"}));
  EXPECT_TRUE(is_lateral({.view_code = "R-10236"}));
  EXPECT_TRUE(is_lateral({.view_code = "local1", .view_meaning = "Left Lateral"}));
  EXPECT_FALSE(is_lateral({.view_code = "R-10214", .view_meaning = "postero-anterior"}));
  EXPECT_FALSE(is_lateral({.view_meaning = "left lateral decubitus"}));
}

TEST(IsLateral, ReadsTheAxesOfPatientOrientation) {
  EXPECT_TRUE(is_lateral({.orientation = {"A", "F"}}));
  EXPECT_TRUE(is_lateral({.orientation = {"PL", "FA"}}));
  EXPECT_FALSE(is_lateral({.orientation = {"L", "F"}}));
  EXPECT_FALSE(is_lateral({.orientation = {"R", "F"}}));
  EXPECT_FALSE(is_lateral({.orientation = {"L", "P"}}));  // axial: the modality's affair
  EXPECT_FALSE(is_lateral({}));
}

PixelFormat sane() {
  return {.rows = 64,
          .columns = 64,
          .bits_allocated = 16,
          .bits_stored = 12,
          .high_bit = 11,
          .photometric = "MONOCHROME2"};
}

TEST(CheckFormat, FailsIfBitsCannotBe) {
  EXPECT_TRUE(check_format(sane()).ok());
  const auto fails_with = [](auto change) {
    auto format = sane();
    change(format);
    return !check_format(format).ok();
  };
  EXPECT_TRUE(fails_with([](auto& f) { f.bits_allocated = 0; }));
  EXPECT_TRUE(fails_with([](auto& f) { f.bits_allocated = 12; }));
  EXPECT_TRUE(fails_with([](auto& f) { f.bits_allocated = 32; }));
  EXPECT_TRUE(fails_with([](auto& f) { f.bits_stored = 0; }));
  EXPECT_TRUE(fails_with([](auto& f) { f.bits_stored = 17; }));
  EXPECT_TRUE(fails_with([](auto& f) { f.high_bit = 10; }));
  EXPECT_TRUE(fails_with([](auto& f) { f.high_bit = 16; }));
  EXPECT_TRUE(fails_with([](auto& f) { f.rows = 0; }));
  EXPECT_TRUE(fails_with([](auto& f) { f.columns = 20000; }));
  EXPECT_TRUE(fails_with([](auto& f) { f.photometric = "HSV"; }));
  EXPECT_TRUE(fails_with([](auto& f) { f.photometric = "RGB"; }));
  EXPECT_TRUE(fails_with([](auto& f) { f.samples_per_pixel = 3; }));
  EXPECT_TRUE(fails_with([](auto& f) { f.samples_per_pixel = 2; }));
}

}  // namespace
}  // namespace veilray::vision::dicom
