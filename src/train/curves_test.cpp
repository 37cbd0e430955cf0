#include "train/curves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace veilray::train {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<Panel> kPanels = {{"Loss", {"loss", "fold_loss"}}, {"Area", {"area"}}};

TEST(Curves, DrawALineThroughEveryRow) {
  const auto svg = plot_log("step,loss,fold_loss,area\n0,4,2,0.5\n5,3,,0.6\n10,0,1,0.7\n", kPanels);
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
  EXPECT_THAT(plot_log("step,loss,fold_loss,area\n7,1,1,1\n", kPanels), Not(HasSubstr("nan")));
  EXPECT_THAT(plot_log("step,loss,fold_loss,area\n", kPanels), Not(HasSubstr("inf")));
}

TEST(Curves, FailForAColumnThatIsNotThere) {
  EXPECT_THROW(plot_log("step,loss\n1,2\n", kPanels), Error);
}

}  // namespace
}  // namespace veilray::train
