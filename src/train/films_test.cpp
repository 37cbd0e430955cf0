#include "train/films.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/test_folder.h"
#include "vision/png.h"

namespace veilray::train {
namespace {

class Folder : public testing::Test {
 protected:
  std::filesystem::path film(const std::string& name, std::uint16_t corner) {
    vision::Image image{
        .width = 256, .height = 256, .samples = std::vector<std::uint16_t>(65536, 9)};
    image.samples[0] = corner;
    return put(name, vision::write_png(image));
  }
  std::filesystem::path put(const std::string& name, std::span<const std::byte> bytes) {
    const auto path = folder_.path() / name;
    EXPECT_TRUE(write_file(path, bytes).ok());
    return path;
  }

  TestFolder folder_;
  ThreadPool pool_{2};
  SilentProgress progress_;
};

TEST_F(Folder, GivesThePixelsOfItsFilms) {
  const auto set =
      load_films({film("a.png", 0), film("b.png", 255), film("c.png", 77)}, 0.0, pool_, progress_)
          .value();
  EXPECT_EQ(set.pixels.sizes().vec(), (std::vector<std::int64_t>{3, 256, 256}));
  EXPECT_EQ(set.pixels[0][0][0].item<int>(), 0);
  EXPECT_EQ(set.pixels[1][0][0].item<int>(), 255);
  EXPECT_EQ(set.pixels[2][0][0].item<int>(), 77);
  EXPECT_EQ(set.pixels[2][100][200].item<int>(), 9);
  EXPECT_TRUE(set.skipped.empty());
}

TEST_F(Folder, SkipsAndListsBrokenFilmsUpToAShare) {
  const auto broken = put("broken.png", as_bytes("no film"));
  const std::vector files = {film("a.png", 0), broken, film("b.png", 255)};
  const auto set = load_films(files, 0.5, pool_, progress_).value();
  EXPECT_EQ(set.pixels.size(0), 2);
  EXPECT_EQ(set.pixels[1][0][0].item<int>(), 255);
  ASSERT_EQ(set.skipped.size(), 1U);
  EXPECT_THAT(set.skipped[0].line(), testing::HasSubstr("broken.png"));

  const auto failed = load_films(files, 0.1, pool_, progress_);
  ASSERT_FALSE(failed.ok());
  EXPECT_THAT(failed.failure().line(), testing::HasSubstr("1 of 3 films cannot be read"));
}

TEST_F(Folder, FailsWithoutAnyFilm) { EXPECT_FALSE(load_films({}, 1.0, pool_, progress_).ok()); }

// Each pixel holds its own place, modulo a prime, so that a crop says where it came from.
TEST(DrawCrops, CutsSquaresAndMirrorsHalfOfThem) {
  auto at = at::arange(256 * 256, torch::kInt64).remainder(251).to(torch::kUInt8);
  const auto pixels = at.reshape({1, 256, 256});
  int mirrored = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto crop = draw_crops(pixels, 1, 32, seed, torch::kCPU);
    ASSERT_EQ(crop.sizes().vec(), (std::vector<std::int64_t>{1, 3, 32, 32}));
    EXPECT_TRUE(crop[0][0].equal(crop[0][2]));
    const auto row = ((crop[0][0][5] + 1.0) * 127.5).round().to(torch::kInt64);
    const auto steps = (row.slice(0, 1) - row.slice(0, 0, -1)).remainder(251);
    if (steps.eq(1).all().item<bool>()) continue;
    EXPECT_TRUE(steps.eq(250).all().item<bool>()) << "seed " << seed;
    ++mirrored;
  }
  EXPECT_GT(mirrored, 2);
  EXPECT_LT(mirrored, 18);
}

TEST(DrawCrops, DrawsTheSameFromTheSameSeed) {
  const auto pixels = at::arange(4 * 65536, torch::kInt64).remainder(241).to(torch::kUInt8);
  const auto films = pixels.reshape({4, 256, 256});
  const auto draw = [&](std::uint64_t seed) { return draw_crops(films, 3, 64, seed, torch::kCPU); };
  EXPECT_TRUE(draw(1).equal(draw(1)));
  EXPECT_FALSE(draw(1).equal(draw(2)));
}

TEST(WholeFilms, AreInTheRangeOfTheNetwork) {
  const auto pixels = at::stack({at::zeros({256, 256}), at::full({256, 256}, 255.0)});
  const auto films = whole_films(pixels.to(torch::kUInt8), 0, 2, torch::kCPU);
  EXPECT_EQ(films.sizes().vec(), (std::vector<std::int64_t>{2, 3, 256, 256}));
  EXPECT_EQ(films[0].max().item<double>(), -1.0);
  EXPECT_EQ(films[1].min().item<double>(), 1.0);
}

}  // namespace
}  // namespace veilray::train
