#include "vision/phantom.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/error.h"

namespace veilray::vision {
namespace {

constexpr std::uint32_t kSide = 192;
constexpr std::uint64_t kSeeds = 5;

Image draw(std::uint64_t seed, std::set<Finding> findings = {}) {
  return draw_phantom({.seed = seed, .findings = std::move(findings), .side = kSide});
}

/// Mean of a box given in the film's own coordinates, -1 to 1.
double mean(const Image& image, double x0, double x1, double y0, double y1) {
  const auto pixel = [&image](double at) {
    return static_cast<std::uint32_t>((at + 1) / 2 * image.width);
  };
  double sum = 0;
  double count = 0;
  for (auto y = pixel(y0); y < pixel(y1); ++y) {
    for (auto x = pixel(x0); x < pixel(x1); ++x, ++count) {
      sum += image.samples[std::size_t{y} * image.width + x];
    }
  }
  return sum / count;
}

/// Where and how a finding changed the film: the pixels that moved by more than a little.
struct Change {
  double pixels = 0;
  double mean = 0;  // of the change, positive is whiter
  double x = 0;     // centre of the change
  double y = 0;
};

Change change_by(std::uint64_t seed, Finding finding) {
  const auto before = draw(seed);
  const auto after = draw(seed, {finding});
  Change change;
  for (std::size_t i = 0; i < before.samples.size(); ++i) {
    const double moved = double{1} * after.samples[i] - before.samples[i];
    if (std::abs(moved) < 8) continue;
    ++change.pixels;
    change.mean += moved;
    change.x += 2.0 * static_cast<double>(i % kSide) / kSide - 1;
    change.y += 2.0 * static_cast<double>(i / kSide) / kSide - 1;
  }
  change.mean /= change.pixels;
  change.x /= change.pixels;
  change.y /= change.pixels;
  return change;
}

TEST(Phantom, LooksLikeAChest) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto film = draw(seed);
    const double right_lung = mean(film, -0.5, -0.3, -0.3, 0.1);
    const double left_lung = mean(film, 0.4, 0.55, -0.3, -0.05);
    const double mediastinum = mean(film, -0.05, 0.05, -0.1, 0.3);
    const double heart = mean(film, 0.12, 0.25, 0.15, 0.3);
    const double abdomen = mean(film, -0.5, 0.2, 0.75, 0.95);
    const double air = mean(film, -1, -0.9, -1, -0.9);
    EXPECT_LT(air, 20) << "seed " << seed;
    EXPECT_LT(air + 30, right_lung) << "seed " << seed;
    EXPECT_NEAR(left_lung, right_lung, 25) << "seed " << seed;
    EXPECT_GT(heart, left_lung + 50) << "seed " << seed;
    EXPECT_GT(mediastinum, right_lung + 80) << "seed " << seed;
    EXPECT_GT(abdomen, right_lung + 80) << "seed " << seed;
  }
}

TEST(Phantom, IsTheSameForTheSameSeedAndAnotherForAnother) {
  EXPECT_EQ(draw(3), draw(3));
  EXPECT_NE(draw(3), draw(4));
  EXPECT_EQ(draw(3, {Finding::kNodule, Finding::kEffusion}),
            draw(3, {Finding::kEffusion, Finding::kNodule}));
}

TEST(Phantom, ShowsTheSameChestInAnySizeAndDepth) {
  const auto small = draw(1);
  const auto large = draw_phantom({.seed = 1, .side = 2 * kSide, .max_value = 65535});
  EXPECT_EQ(large.width, 2 * kSide);
  EXPECT_NEAR(mean(small, -0.5, -0.3, -0.3, 0.1), mean(large, -0.5, -0.3, -0.3, 0.1) / 257, 3);
  EXPECT_NEAR(mean(small, 0.1, 0.3, 0.1, 0.3), mean(large, 0.1, 0.3, 0.1, 0.3) / 257, 3);
}

TEST(Phantom, CardiomegalyWidensTheHeart) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto change = change_by(seed, Finding::kCardiomegaly);
    EXPECT_GT(change.pixels, 500) << "seed " << seed;
    EXPECT_GT(change.mean, 30) << "seed " << seed;
    EXPECT_NEAR(change.x, 0.25, 0.25) << "seed " << seed;
    EXPECT_NEAR(change.y, 0.2, 0.2) << "seed " << seed;
  }
}

TEST(Phantom, EffusionWhitensTheBaseOfOneLung) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto change = change_by(seed, Finding::kEffusion);
    EXPECT_GT(change.pixels, 500) << "seed " << seed;
    EXPECT_GT(change.mean, 50) << "seed " << seed;
    EXPECT_GT(std::abs(change.x), 0.3) << "seed " << seed;
    EXPECT_NEAR(change.y, 0.3, 0.15) << "seed " << seed;
  }
}

TEST(Phantom, PneumothoraxBlackensTheEdgeOfOneLung) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto before = draw(seed);
    const auto after = draw(seed, {Finding::kPneumothorax});
    double darkest = 0;
    for (const double side : {-1.0, 1.0}) {
      const double x0 = side < 0 ? -0.58 : 0.46;
      const double moved =
          mean(after, x0, x0 + 0.12, -0.5, -0.4) - mean(before, x0, x0 + 0.12, -0.5, -0.4);
      darkest = std::min(darkest, moved);
    }
    EXPECT_LT(darkest, -20) << "seed " << seed;
  }
}

TEST(Phantom, NoduleIsASmallWhiteSpotInALung) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto change = change_by(seed, Finding::kNodule);
    EXPECT_GT(change.pixels, 30) << "seed " << seed;
    EXPECT_LT(change.pixels, 400) << "seed " << seed;
    EXPECT_GT(change.mean, 8) << "seed " << seed;
    EXPECT_GT(std::abs(change.x), 0.25) << "seed " << seed;
    EXPECT_NEAR(change.y, -0.2, 0.35) << "seed " << seed;
  }
}

TEST(Phantom, ConsolidationIsAWhitePatchInALung) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto change = change_by(seed, Finding::kConsolidation);
    EXPECT_GT(change.pixels, 300) << "seed " << seed;
    EXPECT_GT(change.mean, 30) << "seed " << seed;
    EXPECT_GT(std::abs(change.x), 0.25) << "seed " << seed;
    EXPECT_NEAR(change.y, 0.05, 0.3) << "seed " << seed;
  }
}

TEST(Phantom, DeviceIsBrightMetalBelowTheLeftClavicle) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto change = change_by(seed, Finding::kDevice);
    EXPECT_GT(change.mean, 30) << "seed " << seed;
    EXPECT_GT(mean(draw(seed, {Finding::kDevice}), 0.53, 0.59, -0.48, -0.44), 180);
    EXPECT_LT(mean(draw(seed), 0.53, 0.59, -0.48, -0.44), 165);
  }
}

TEST(Phantom, KnowsItsFindingsByName) {
  for (const auto* name :
       {"cardiomegaly", "effusion", "pneumothorax", "nodule", "consolidation", "device"}) {
    const auto finding = parse_finding(name);
    ASSERT_TRUE(finding.has_value()) << name;
    EXPECT_EQ(finding_name(*finding), name);
  }
  EXPECT_FALSE(parse_finding("Nodule").has_value());
  EXPECT_FALSE(parse_finding("").has_value());
}

TEST(Phantom, DrawsEachFindingForSomeThirdOfADatasetsFilms) {
  constexpr std::uint64_t kFilms = 400;
  std::map<Finding, int> films;
  for (std::uint64_t seed = 0; seed < kFilms; ++seed) {
    EXPECT_EQ(draw_findings(seed), draw_findings(seed));
    for (const auto finding : draw_findings(seed)) ++films[finding];
  }
  EXPECT_EQ(films.size(), 6U);
  for (const auto& [finding, count] : films) {
    // Four standard deviations of a binomial number to either side of 120.
    EXPECT_NEAR(count, 120, 37) << finding_name(finding);
  }
}

TEST(Phantom, FailsIfTheSizeOrDepthCannotBe) {
  EXPECT_THROW(draw_phantom({.side = 31}), Error);
  EXPECT_THROW(draw_phantom({.side = 5000}), Error);
  EXPECT_THROW(draw_phantom({.side = 64, .max_value = 4095}), Error);
}

}  // namespace
}  // namespace veilray::vision
