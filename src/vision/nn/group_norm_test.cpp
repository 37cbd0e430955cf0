#include "vision/nn/group_norm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "vision/nn/test_maps.h"
#include "vision/nn/threads.h"

namespace veilray::vision::nn {
namespace {

struct Case {
  Extent extent;
  std::vector<float> weight, bias, values;
  GroupNorm norm;

  Case(const Extent& e, std::uint64_t seed, float mean = 0.3F)
      : extent(e),
        weight(test::random_values(static_cast<std::size_t>(e.channels), seed, 1.0F, 0.3F)),
        bias(test::random_values(static_cast<std::size_t>(e.channels), seed + 1)),
        values(test::random_values(e.size(), seed + 2, mean)),
        norm(weight, bias) {}

  std::vector<float> run(Activation activation) const {
    FeatureMap out;
    norm.run(test::packed(values, extent), activation, out);
    return test::planar(out);
  }
  std::vector<double> naive() const { return test::naive_group_norm(values, extent, weight, bias); }
};

TEST(GroupNorm, EqualsTheNaiveLoop) {
  for (const Extent& extent :
       {Extent{32, 1, 1}, {32, 5, 3}, {64, 7, 9}, {96, 4, 4}, {256, 3, 5}, {32, 70, 70}}) {
    const Case c(extent, 10);
    test::expect_near(c.run(Activation::kNone), c.naive(), 2e-5);
  }
}

TEST(GroupNorm, FollowedBySwishEqualsTheNaiveLoop) {
  const Case c({64, 9, 11}, 20);
  std::vector<double> want = c.naive();
  for (double& value : want) value = value / (1.0 + std::exp(-value));
  test::expect_near(c.run(Activation::kSwish), want, 2e-5);
}

TEST(GroupNorm, SwishHoldsFarFromZero) {
  Case c({32, 4, 4}, 30);
  c.norm = GroupNorm(std::vector<float>(32, 80.0F), std::vector<float>(32, 0.0F));
  const auto got = c.run(Activation::kSwish);
  const auto normed = c.run(Activation::kNone);
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double x = static_cast<double>(normed[i]);
    ASSERT_NEAR(static_cast<double>(got[i]), x / (1.0 + std::exp(-x)), 1e-5 * (1 + std::abs(x)));
  }
}

TEST(GroupNorm, KeepsItsPrecisionWhereTheMeanIsLarge) {
  const Case c({32, 40, 40}, 40, 1000.0F);
  // A float near 1000 has steps of 6e-5; one pass over squares would lose all digits here.
  test::expect_near(c.run(Activation::kNone), c.naive(), 2e-3);
}

TEST(GroupNorm, AddsItsEpsilonToSmallVariances) {
  Case c({32, 9, 9}, 45);
  for (float& value : c.values) value *= 1e-3F;  // a variance of 1e-6, as large as epsilon
  test::expect_near(c.run(Activation::kNone), c.naive(), 2e-5);
}

TEST(GroupNorm, MapsAConstantToItsBias) {
  Case c({32, 6, 6}, 50);
  c.values.assign(c.values.size(), 3.25F);
  test::expect_near(c.run(Activation::kNone), c.naive(), 1e-6);
}

TEST(GroupNorm, WorksInPlace) {
  const Case c({64, 5, 5}, 60);
  FeatureMap map = test::packed(c.values, c.extent);
  c.norm.run(map, Activation::kSwish, map);
  EXPECT_EQ(test::planar(map), c.run(Activation::kSwish));
}

TEST(GroupNorm, GivesTheSameBitsOnAnyNumberOfThreads) {
  const Case c({64, 80, 70}, 70);
  std::vector<std::vector<float>> results;
  for (const std::size_t threads : {1U, 2U, 5U}) {
    const ThreadScope scope(threads);
    results.push_back(c.run(Activation::kSwish));
  }
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

TEST(GroupNorm, RefusesAChannelCountThatIsNoMultipleOf32) {
  const std::vector<float> values(48, 1.0F);
  EXPECT_THROW(GroupNorm(values, values), Error);
  EXPECT_THROW(GroupNorm({}, {}), Error);
}

}  // namespace
}  // namespace veilray::vision::nn
