#include "vision/dicom/structure.h"

#include <gtest/gtest.h>

#include "vision/dicom/test_dicom.h"

namespace veilray::vision::dicom {
namespace {

using test::ElementWriter;

TEST(LengthsFit, TakesNestedSequencesOfEitherKindOfLength) {
  for (const bool big : {false, true}) {
    ElementWriter inner(true, big);
    inner.word(0x00280010, 7);
    ElementWriter writer(true, big);
    writer.sequence(0x00081140, [](ElementWriter& item) {
      item.sequence(0x00081140, [](ElementWriter& deeper) { deeper.word(0x00280010, 7); });
    });
    writer.head(0x00089215, "SQ", static_cast<std::uint32_t>(inner.out().size()) + 8);
    writer.head(0xFFFEE000, "", static_cast<std::uint32_t>(inner.out().size()));
    writer.raw(inner.out());
    EXPECT_TRUE(
        lengths_fit(writer.out(), big ? Encoding::kExplicitBig : Encoding::kExplicitLittle));
  }
}

TEST(LengthsFit, FailsIfAnElementIsLongerThanItsItem) {
  ElementWriter writer;
  writer.head(0x00081140, "SQ", 16);
  writer.head(0xFFFEE000, "", 8);
  writer.head(0x00280010, "US", 2);  // two bytes more than the item has
  writer.number(7, 2);
  EXPECT_FALSE(lengths_fit(writer.out(), Encoding::kExplicitLittle));
}

TEST(LengthsFit, FailsIfASequenceIsNeverClosed) {
  ElementWriter writer;
  writer.head(0x00081140, "SQ", 0xFFFFFFFF);
  writer.head(0xFFFEE000, "", 0xFFFFFFFF);
  writer.word(0x00280010, 7);
  EXPECT_FALSE(lengths_fit(writer.out(), Encoding::kExplicitLittle));
}

TEST(LengthsFit, FailsIfItemsNestTooDeep) {
  for (const int depth : {10, 100, 100000}) {
    ElementWriter writer;
    for (int i = 0; i < depth; ++i) {
      writer.head(0x00081140, "SQ", 0xFFFFFFFF);
      writer.head(0xFFFEE000, "", 0xFFFFFFFF);
    }
    for (int i = 0; i < depth; ++i) {
      writer.head(0xFFFEE00D, "", 0);
      writer.head(0xFFFEE0DD, "", 0);
    }
    EXPECT_EQ(lengths_fit(writer.out(), Encoding::kExplicitLittle), depth == 10) << depth;
  }
}

TEST(LengthsFit, ReadsAnUnknownSequenceAsImplicitInside) {
  ElementWriter inside(false);
  inside.head(0xFFFEE000, "", 0xFFFFFFFF);
  inside.word(0x00280010, 7);
  inside.head(0xFFFEE00D, "", 0);
  inside.head(0xFFFEE0DD, "", 0);
  ElementWriter writer;
  writer.head(0x00091001, "UN", 0xFFFFFFFF);
  writer.raw(inside.out());
  writer.word(0x00280010, 7);
  EXPECT_TRUE(lengths_fit(writer.out(), Encoding::kExplicitLittle));
}

TEST(LengthsFit, FailsOnAnUnknownVrOrAnOpenLengthOutOfPlace) {
  for (const auto* vr : {"FB", "??", "ob"}) {
    ElementWriter writer;
    writer.head(0x00091001, vr, 0);
    EXPECT_FALSE(lengths_fit(writer.out(), Encoding::kExplicitLittle)) << vr;
  }
  ElementWriter writer;
  writer.head(0x00091001, "OB", 0xFFFFFFFF);
  writer.head(0xFFFEE0DD, "", 0);
  EXPECT_FALSE(lengths_fit(writer.out(), Encoding::kExplicitLittle));
}

TEST(LengthsFit, LooksIntoImplicitSequences) {
  for (const std::uint32_t length : {2U, 0xE0000000U}) {
    ElementWriter writer(false);
    writer.head(0x00540220, "SQ", 18);
    writer.head(0xFFFEE000, "", 10);
    writer.head(0x00280010, "US", length);
    writer.number(7, 2);
    EXPECT_EQ(lengths_fit(writer.out(), Encoding::kImplicitLittle), length == 2) << length;
  }
}

TEST(ReadSkeleton, FailsIfALengthIsFarBeyondTheFile) {
  auto spec = test::grey_spec(40, 40);
  spec.has_pixels = false;
  auto file = test::dicom_file(spec);
  ElementWriter head;
  head.head(0x7FE00010, "OW", 0xFFFFFFF0);
  file.insert(file.end(), head.out().begin(), head.out().end());
  EXPECT_FALSE(read_skeleton(file).ok());
}

TEST(ReadSkeleton, InflatesADeflatedDataSet) {
  auto spec = test::grey_spec(40, 40);
  const auto plain_file = test::dicom_file(spec);
  const auto plain = read_skeleton(plain_file).value();
  spec.transfer_syntax = test::kDeflated;
  const auto file = test::dicom_file(spec);
  const auto inflated = read_skeleton(file).value();
  EXPECT_TRUE(std::ranges::equal(plain.dataset, inflated.dataset));
  EXPECT_EQ(plain.transfer_syntax, inflated.transfer_syntax);
}

TEST(ReadSkeleton, FailsIfNoTransferSyntaxIsNamed) {
  auto spec = test::grey_spec(40, 40);
  spec.transfer_syntax = "";
  EXPECT_FALSE(read_skeleton(test::dicom_file(spec)).ok());
}

}  // namespace
}  // namespace veilray::vision::dicom
