#include "plan/layout_candidates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace veilray::plan {
namespace {

using ::testing::Contains;

std::vector<std::string> texts(const std::vector<Layout>& layouts) {
  std::vector<std::string> all;
  for (const Layout& layout : layouts) all.push_back(layout.text());
  return all;
}

TEST(CandidateLayouts, FillSlotsThatAreLeftWithCopiesOrLeaveThemEmpty) {
  const auto found = texts(candidate_layouts({4, 4, 4}, {4, 4, 4}, 1, {4}, 0, 8));
  EXPECT_THAT(found, Contains("4x4x4: x0 x1 y0 y1 c0 c1 - - |"));
  EXPECT_THAT(found, Contains("4x4x4: x0 x1 y0 y1 c0 c1 = = |"));
}

TEST(CandidateLayouts, KeepTheGridThatStridesSteppedOver) {
  const auto found = texts(candidate_layouts({8, 4, 4}, {8, 4, 4}, 1, {8}, 1, 9));
  EXPECT_THAT(found, Contains("8x4x4: - x0 x1 - y0 y1 c0 c1 c2 |"));
}

TEST(CandidateLayouts, PutChannelsThatDoNotFitOnThatGridIntoItsHoles) {
  const auto found = texts(candidate_layouts({16, 4, 4}, {16, 4, 4}, 1, {16}, 1, 9));
  EXPECT_THAT(found, Contains("16x4x4: - x0 x1 - y0 y1 c0 c1 c2 | c3"));
  EXPECT_THAT(found, Contains("16x4x4: c3 x0 x1 - y0 y1 c0 c1 c2 |"));
}

TEST(CandidateLayouts, PutChannelsAndPhasesBelowPositionsToo) {
  const auto found = texts(candidate_layouts({8, 8, 8}, {8, 8, 8}, 1, {4}, 0, 9));
  EXPECT_THAT(found, Contains("8x8x8: c2 c0 c1 x0 x1 x2 y0 y1 y2 |"));
  EXPECT_THAT(found, Contains("8x8x8: c2 c0 c1 x0 y0 x1 x2 y1 y2 |"));
  EXPECT_THAT(found, Contains("8x8x8: c2 c0 c1 - - x1 x2 y1 y2 | x0 y0"));
  // Channels that do not fit below the positions number ciphertexts.
  EXPECT_THAT(texts(candidate_layouts({8, 8, 8}, {8, 8, 8}, 1, {4}, 0, 8)),
              Contains("8x8x8: c0 c1 x0 x1 x2 y0 y1 y2 | c2"));
}

TEST(CandidateLayouts, LeaveSlotsEmptyBelowColumnsOrBelowRows) {
  const auto found = texts(candidate_layouts({8, 8, 8}, {8, 8, 8}, 2, {8}, 0, 9));
  EXPECT_THAT(found, Contains("8x8x8: c0 c1 c2 - - x1 x2 y1 y2 | x0 y0"));
  EXPECT_THAT(found, Contains("8x8x8: c0 c1 c2 x1 x2 - - y1 y2 | x0 y0"));
}

TEST(CandidateLayouts, MaySplitMorePhasesOffRowsThanOffColumns) {
  const auto found = texts(candidate_layouts({8, 8, 8}, {8, 8, 8}, 1, {8}, 0, 8));
  EXPECT_THAT(found, Contains("8x8x8: c0 c1 c2 x0 x1 x2 y1 y2 | y0"));
}

TEST(CandidateInputs, HoldCopiesBelowAllElse) {
  const auto found = texts(candidate_inputs({4, 8, 8}, 4, 10));
  EXPECT_THAT(found, Contains("4x8x8: = = c0 c1 y0 x0 x1 x2 y1 y2 |"));
  EXPECT_THAT(found, Contains("4x8x8: x0 x1 x2 y0 y1 y2 c0 c1 = = |"));
}

TEST(CandidateLayouts, KnowNoGridWhereNothingStrides) {
  for (const std::string& text : texts(candidate_layouts({8, 4, 4}, {8, 4, 4}, 1, {8}, 0, 9)))
    EXPECT_EQ(text.find(": - x0"), std::string::npos) << text;
}

}  // namespace
}  // namespace veilray::plan
