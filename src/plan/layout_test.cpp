#include "plan/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <set>

#include "plan/layouts_testing.h"

namespace veilray::plan {
namespace {

using testing_layouts::Draw;
using testing_layouts::random_layout;
using testing_layouts::random_shape;

constexpr std::uint64_t kLayoutSeeds = 200;

Layout random_one(std::uint64_t seed) {
  Draw draw(seed);
  const auto shape = random_shape(draw);
  return random_layout(draw, shape, 5 + static_cast<std::uint32_t>(draw.below(6)));
}

Layout parsed(const std::string& text) { return Layout::parse(text).value(); }

TEST(IndexBits, NumberAllElementsAndNoMore) {
  for (std::int64_t extent = 1; extent <= 1 << 16; extent = extent * 5 / 4 + 1) {
    const auto bits = index_bits(extent);
    EXPECT_GE(std::int64_t{1} << bits, extent);
    EXPECT_LT((std::int64_t{1} << bits) / 2, extent);
  }
}

TEST(Layout, ReadsWhatItWrote) {
  for (std::uint64_t seed = 0; seed < kLayoutSeeds; ++seed) {
    const Layout layout = random_one(seed);
    const auto again = Layout::parse(layout.text());
    ASSERT_TRUE(again.ok()) << "seed " << seed << ": " << again.failure().line();
    EXPECT_EQ(again.value(), layout) << "seed " << seed;
    EXPECT_EQ(again.value().text(), layout.text()) << "seed " << seed;
  }
}

TEST(Layout, SaysWhereElementsStandInItsText) {
  const Layout layout = parsed("4x2x8: x1 x2 - c0 = = | c1 y0 x0");
  EXPECT_EQ(layout.slots(), 64U);
  EXPECT_EQ(layout.period(), 16U);
  EXPECT_EQ(layout.ciphertexts(), 8U);
  EXPECT_EQ(layout.copy_bits(), 0b110000U);
  const Place place = layout.place(3, 1, 6);  // c = 0b11, y = 0b1, x = 0b110
  EXPECT_EQ(place.slot, 0b1011U);
  EXPECT_EQ(place.ciphertext, 0b011U);
}

TEST(Layout, HasThePeriodOfTheReplicasAtItsTop) {
  EXPECT_EQ(parsed("4x1x1: = c0 = c1 = = | ").period(), 16U);
  EXPECT_EQ(parsed("4x1x1: = c0 = c1 = = | ").copy_bits(), 0b110101U);
  EXPECT_EQ(parsed("4x1x1: = = c0 c1 | ").period(), 16U);
  EXPECT_EQ(parsed("2x1x1: = = | c0").period(), 1U);
  EXPECT_EQ(parsed("2x1x1: | c0").period(), 1U);
}

TEST(Layout, GivesEveryElementAPlaceOfItsOwnBesideItsCopies) {
  for (std::uint64_t seed = 0; seed < kLayoutSeeds; ++seed) {
    const Layout layout = random_one(seed);
    std::set<std::pair<std::uint32_t, std::uint32_t>> taken;
    const auto& shape = layout.shape();
    for (std::int64_t c = 0; c < shape[0]; ++c)
      for (std::int64_t y = 0; y < shape[1]; ++y)
        for (std::int64_t x = 0; x < shape[2]; ++x) {
          const Place place = layout.place(c, y, x);
          EXPECT_LT(place.slot, layout.period()) << "seed " << seed;
          EXPECT_EQ(place.slot & layout.copy_bits(), 0U) << "seed " << seed;
          EXPECT_LT(place.ciphertext, layout.ciphertexts()) << "seed " << seed;
          EXPECT_TRUE(taken.insert({place.ciphertext, place.slot}).second) << "seed " << seed;
        }
  }
}

TEST(Pack, IsUndoneByUnpack) {
  for (std::uint64_t seed = 0; seed < kLayoutSeeds; ++seed) {
    const Layout layout = random_one(seed);
    const auto tensor = Draw(seed + 1000).tensor(layout.shape(), 1);
    EXPECT_EQ(unpack(pack(tensor, layout), layout), tensor) << "seed " << seed;
  }
}

TEST(Pack, FillsEveryCopyAndLeavesHolesZero) {
  for (std::uint64_t seed = 0; seed < kLayoutSeeds; ++seed) {
    const Layout layout = random_one(seed);
    auto tensor = tensor::Tensor::zeros(layout.shape());
    for (std::size_t i = 0; i < tensor.data.size(); ++i) tensor.data[i] = static_cast<float>(i + 1);
    const auto slots = pack(tensor, layout);
    ASSERT_EQ(slots.size(), layout.ciphertexts());
    double sum = 0;
    for (const auto& ciphertext : slots) {
      ASSERT_EQ(ciphertext.size(), layout.slots());
      for (std::size_t i = 0; i < ciphertext.size(); ++i) {
        EXPECT_EQ(ciphertext[i], ciphertext[i % layout.period()]) << "seed " << seed;
        EXPECT_EQ(ciphertext[i], ciphertext[i & ~layout.copy_bits()]) << "seed " << seed;
        sum += ciphertext[i];
      }
    }
    const double copies = std::exp2(std::popcount(layout.copy_bits()));
    const auto count = static_cast<double>(tensor.data.size());
    EXPECT_EQ(sum, copies * count * (count + 1) / 2) << "seed " << seed;
  }
}

TEST(Pack, FailsIfTheShapesDiffer) {
  const Layout layout = parsed("2x2x2: x0 y0 c0 | ");
  EXPECT_THROW(pack(tensor::Tensor::zeros({2, 2, 3}), layout), Error);
  EXPECT_THROW(pack(tensor::Tensor::zeros({4, 2}), layout), Error);
}

struct BadText {
  std::string text, why;
};

TEST(Layout, RefusesTextThatIsNoLayout) {
  const BadText bad[] = {
      {"", "no shape"},
      {"2x2x2", "no shape"},
      {"2x2: x0 y0 | ", "CxHxW"},
      {"2x2x2x2: x0 y0 c0 | ", "CxHxW"},
      {"2x2x: x0 y0 | ", "CxHxW"},
      {"0x2x2: x0 y0 | ", "CxHxW"},
      {"-2x2x2: x0 y0 c0 | ", "CxHxW"},
      {"99999x1x1: - | ", "CxHxW"},
      {"18446744073709551618x1x1: - | ", "CxHxW"},
      {"2x2x2: x0 y0 c0", "ciphertext bits"},
      {"2x2x2: x0 y0 z0 | ", "unknown bit"},
      {"2x2x2: x0 y0 c | ", "unknown bit"},
      {"2x2x2: x0 y0 c-1 | ", "unknown bit"},
      {"2x2x2: x0 y0 c17 | ", "unknown bit"},
      {"2x2x2: x0 y0 | - c0", "unknown bit"},
      {"2x2x2: x0 y0 | c0 |", "unknown bit"},
      {"2x2x2: x0 y0 | ", "leaves an index bit out"},
      {"2x2x2: x0 y0 c0 x0 | ", "twice"},
      {"2x2x2: x0 y0 c0 | c0", "twice"},
      {"2x2x2: x0 y0 c0 x1 | ", "has not"},
      {"1x1x1: - - - - - - - - - - - - - - - - - | ", "too many address bits"},
      {"1x1x1: " + std::string(300, '-') + " | ", "no shape"},
  };
  for (const auto& [text, why] : bad) {
    const auto layout = Layout::parse(text);
    ASSERT_FALSE(layout.ok()) << text;
    EXPECT_EQ(layout.failure().code, ErrorCode::kMalformed) << text;
    EXPECT_THAT(layout.failure().line(), ::testing::HasSubstr(why)) << text;
  }
}

TEST(Layout, RefusesBitsThatDoNotFitItsShape) {
  const SlotBit hole{SlotBit::Kind::kHole, {}};
  EXPECT_THROW(Layout({2, 2}, {hole}, {}), Error);
  EXPECT_THROW(Layout({1, 1, 0}, {hole}, {}), Error);
  EXPECT_THROW(Layout({2, 1, 1}, {hole}, {}), Error);
  EXPECT_THROW(Layout({1, 1, 1}, std::vector<SlotBit>(17, hole), {}), Error);
  EXPECT_NO_THROW(Layout({1, 1, 1}, std::vector<SlotBit>(16, hole), {}));
}

}  // namespace
}  // namespace veilray::plan
