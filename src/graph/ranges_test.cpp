#include "graph/ranges.h"

#include <gtest/gtest.h>

#include "graph/builder.h"

namespace veilray::graph {
namespace {

/// Two activations, the second of the first one's square.
Graph squares() {
  GraphBuilder builder("squares", {1, 1, 2});
  builder.add("first", Polynomial{{0, 0, 1}});
  builder.add("second", Polynomial{{0, 0, 1}});
  return std::move(builder).finish().value();
}

TEST(ActivationRanges, AreOfWhatEntersOverAllInputs) {
  const auto ranges = activation_ranges(squares(), {{{1, 1, 2}, {-2, 1}}, {{1, 1, 2}, {0, 3}}});
  ASSERT_EQ(ranges.size(), 2U);
  EXPECT_EQ(ranges[0].name, "first");
  EXPECT_EQ(ranges[0].min, -2);
  EXPECT_EQ(ranges[0].max, 3);
  EXPECT_EQ(ranges[1].name, "second");
  EXPECT_EQ(ranges[1].min, 0);
  EXPECT_EQ(ranges[1].max, 9);
  EXPECT_TRUE(activation_ranges(squares(), {}).empty());
}

TEST(WidenRanges, HoldsBoth) {
  std::vector<ActivationRange> ranges;
  widen(ranges, {{"a", -1, 1}, {"b", 0, 1}});
  widen(ranges, {{"a", -3, 0.5}, {"b", 0.5, 2}});
  ASSERT_EQ(ranges.size(), 2U);
  EXPECT_EQ(ranges[0].min, -3);
  EXPECT_EQ(ranges[0].max, 1);
  EXPECT_EQ(ranges[1].min, 0);
  EXPECT_EQ(ranges[1].max, 2);
}

TEST(OutsideRanges, AreThoseBeyondTheSlack) {
  const std::vector<ActivationRange> recorded{{"a", -1, 1}, {"b", 0, 1}};
  const std::vector<ActivationRange> seen{{"a", -1.1, 1.1}, {"b", 0, 1.2}, {"c", 0, 100}};
  const auto leaving = outside(recorded, seen);
  ASSERT_EQ(leaving.size(), 1U);
  EXPECT_EQ(leaving[0].name, "b");
  EXPECT_EQ(outside(recorded, seen, 0).size(), 2U);
}

}  // namespace
}  // namespace veilray::graph
