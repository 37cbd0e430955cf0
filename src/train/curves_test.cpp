#include "train/curves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace veilray::train {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<Panel> kPanels = {{"Loss", {"loss", "fold_loss"}}, {"Area", {"area"}}};

TEST(Curves, DrawALineThroughEveryRow) {
  const auto svg =
      plot_log("step,loss,fold_loss,area\n0,4,2,0.5\n5,3,,0.6\n10,0,1,0.7\n", kPanels).value();
  EXPECT_THAT(svg, HasSubstr(">Loss</text>"));
  EXPECT_THAT(svg, HasSubstr(">fold_loss</text>"));
  // From the largest loss at the top left, by way of three quarters, to the smallest.
  EXPECT_THAT(svg, HasSubstr("M64.0 28.0L344.0 60.0L624.0 156.0"));
  // A field without a number is a gap: two lines of one point each.
  EXPECT_THAT(svg, HasSubstr("M64.0 92.0M624.0 124.0"));
  // The second panel stands below the first.
  EXPECT_THAT(svg, HasSubstr("M64.0 336.0L344.0 272.0L624.0 208.0"));
  EXPECT_THAT(svg, HasSubstr("</svg>"));
}

TEST(Curves, TakeALogOfOneRowAndOneOfNone) {
  EXPECT_THAT(plot_log("step,loss,fold_loss,area\n7,1,1,1\n", kPanels).value(),
              Not(HasSubstr("nan")));
  EXPECT_THAT(plot_log("step,loss,fold_loss,area\n", kPanels).value(), Not(HasSubstr("inf")));
}

TEST(Curves, FailForALogThatIsDamagedOrLacksAColumn) {
  const auto code = [](std::string_view log) { return plot_log(log, kPanels).failure().code; };
  EXPECT_EQ(code("step,loss\n1,2\n"), ErrorCode::kMalformed);
  EXPECT_EQ(code("step,loss,fold_loss,area\n1,2\n"), ErrorCode::kMalformed);
  EXPECT_EQ(code(""), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace veilray::train
