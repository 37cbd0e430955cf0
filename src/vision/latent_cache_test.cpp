#include "vision/latent_cache.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/file.h"
#include "base/test_folder.h"
#include "tensor/safetensors.h"
#include "vision/image.h"
#include "vision/png.h"
#include "vision/vqgan/fingerprint.h"
#include "vision/vqgan/quantizer.h"
#include "vision/vqgan/random_weights.h"
#include "vision/vqgan/test_networks.h"

namespace veilray::vision {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

/// A source that counts how often it is asked: the latent is the film's first pixel, four times.
struct Counted {
  int calls = 0;
  LatentSource source{"counted", [this](const tensor::Tensor& pixels) -> Result<tensor::Tensor> {
                        ++calls;
                        return tensor::Tensor{{1, 2, 2},
                                              std::vector<float>(4, pixels.data.front())};
                      }};
};

class LatentCache : public testing::Test {
 protected:
  /// A film whose upper left corner is of this grey.
  fs::path film(const std::string& name, std::uint16_t grey) {
    Image image;
    image.width = image.height = 256;
    image.samples.assign(image.pixels(), 128);
    std::fill(image.samples.begin(), image.samples.begin() + 64 * 256, grey);
    write_file(folder_ / name, write_png(image)).value();
    return folder_ / name;
  }
  Result<Latents> run(const std::vector<fs::path>& films, const LatentSource& source,
                      const LatentCacheOptions& options = {}) {
    SilentProgress progress;
    return cached_latents(folder_ / "cache", films, source, options, progress);
  }

  TestFolder folder_;
};

TEST_F(LatentCache, FinishesWhatItKeptUnfinished) {
  const std::vector films{film("a.png", 0), film("b.png", 255)};
  Counted counted;
  auto doubled = counted.source;
  doubled.finish = [](tensor::Tensor latent) -> Result<tensor::Tensor> {
    for (auto& value : latent.data) value *= 2;
    return latent;
  };
  for (int time = 0; time < 2; ++time)
    EXPECT_THAT(run(films, doubled).value().latents.data, ElementsAre(-2, -2, -2, -2, 2, 2, 2, 2));
  EXPECT_THAT(run(films, counted.source).value().latents.data,
              ElementsAre(-1, -1, -1, -1, 1, 1, 1, 1));
  EXPECT_EQ(counted.calls, 2);
}

TEST_F(LatentCache, MakesEachLatentOnce) {
  const std::vector films{film("a.png", 0), film("b.png", 255)};
  Counted counted;
  const auto first = run(films, counted.source).value();
  EXPECT_EQ(first.latents.shape, (tensor::Shape{2, 1, 2, 2}));
  EXPECT_THAT(first.latents.data, ElementsAre(-1, -1, -1, -1, 1, 1, 1, 1));
  EXPECT_THAT(first.film, ElementsAre(0, 1));
  EXPECT_EQ(counted.calls, 2);
  const auto second = run(films, counted.source).value();
  EXPECT_EQ(second.latents, first.latents);
  EXPECT_EQ(second.film, first.film);
  EXPECT_EQ(counted.calls, 2);
}

TEST_F(LatentCache, GoesOnWhereABrokenRunStood) {
  std::vector<fs::path> films;
  for (int i = 0; i < 130; ++i) {
    const int grey = i < 128 ? i : i + 1;  // a film of one grey only would be refused
    films.push_back(film("f" + std::to_string(i) + ".png", static_cast<std::uint16_t>(grey)));
  }
  int calls = 0;
  bool breaks = true;
  const LatentSource source{"breaks", [&](const tensor::Tensor&) -> Result<tensor::Tensor> {
                              if (breaks && calls == 100) throw std::runtime_error("killed");
                              ++calls;
                              return tensor::Tensor{{1, 1, 1}, {static_cast<float>(calls)}};
                            }};
  EXPECT_THROW(static_cast<void>(run(films, source)), std::runtime_error);
  breaks = false;
  const auto made = run(films, source).value();
  EXPECT_EQ(made.film.size(), 130U);
  EXPECT_EQ(calls, 100 + 130 - 64);
  EXPECT_EQ(made.latents.data[63], 64.0F);
  EXPECT_EQ(made.latents.data[64], 101.0F);
}

TEST_F(LatentCache, EncodesAnewWhatHasChanged) {
  const std::vector films{film("a.png", 0)};
  Counted counted;
  run(films, counted.source).value();
  counted.source.key = "another VQGAN";
  run(films, counted.source).value();
  EXPECT_EQ(counted.calls, 2);
  fs::remove(films[0]);
  film("a.png", 255);
  EXPECT_EQ(run(films, counted.source).value().latents.data.front(), 1.0F);
  EXPECT_EQ(counted.calls, 3);
}

TEST_F(LatentCache, KnowsFilmsThatWereMoved) {
  const auto before = film("a.png", 0);
  Counted counted;
  run({before}, counted.source).value();
  fs::rename(before, folder_ / "b.png");
  fs::last_write_time(folder_ / "b.png", fs::file_time_type{} + std::chrono::hours(1));
  run({folder_ / "b.png"}, counted.source).value();
  EXPECT_EQ(counted.calls, 1);
}

TEST_F(LatentCache, MakesADamagedFileAgain) {
  const std::vector films{film("a.png", 0)};
  Counted counted;
  run(films, counted.source).value();
  for (const auto& entry : fs::directory_iterator(folder_ / "cache"))
    std::ofstream(entry.path()) << "damaged";
  EXPECT_EQ(run(films, counted.source).value().film.size(), 1U);
  EXPECT_EQ(counted.calls, 2);
}

TEST_F(LatentCache, KeepsNothingWithoutAFolder) {
  const std::vector films{film("a.png", 0)};
  Counted counted;
  SilentProgress progress;
  cached_latents({}, films, counted.source, {}, progress).value();
  EXPECT_EQ(counted.calls, 1);
  EXPECT_FALSE(fs::exists(folder_ / "cache"));
}

TEST_F(LatentCache, ReportsMissingAndCorruptFilmsEachTime) {
  std::ofstream(folder_ / "b.png") << "no picture";
  const std::vector films{film("a.png", 0), folder_ / "b.png", folder_ / "c.png", film("d.png", 0)};
  Counted counted;
  for (int round = 0; round < 2; ++round) {
    std::vector<std::string> told;
    const auto made =
        run(films, counted.source,
            {.failures_tolerated = 0.5,
             .on_failure = [&](const fs::path& path,
                               const Failure&) { told.push_back(path.filename().string()); }})
            .value();
    EXPECT_THAT(told, ElementsAre("b.png", "c.png"));
    EXPECT_EQ(made.failed, 2U);
    EXPECT_THAT(made.film, ElementsAre(0, 3));
  }
  EXPECT_EQ(counted.calls, 2);
}

TEST_F(LatentCache, FailsIfTooManyFilmsFail) {
  const std::vector films{film("a.png", 0), folder_ / "b.png"};
  Counted counted;
  const auto failed = run(films, counted.source, {.failures_tolerated = 0.4});
  ASSERT_FALSE(failed.ok());
  EXPECT_THAT(failed.failure().line(), HasSubstr("1 of 2 films cannot be read"));
}

TEST(VqganFingerprint, DependsOnWhatALatentDependsOn) {
  const auto config = vqgan::test::small_config();
  const auto weights = vqgan::random_weights(config, 1);
  const auto print = vqgan::fingerprint(config, weights).value();

  auto other = weights;
  other.tensors.at("encoder.conv_in.weight").data[3] += 1;
  EXPECT_NE(vqgan::fingerprint(config, other).value(), print);
  auto decoder = weights;
  decoder.tensors.at("decoder.conv_in.weight").data[3] += 1;
  EXPECT_EQ(vqgan::fingerprint(config, decoder).value(), print);
  auto resized = config;
  resized.attn_resolutions = {};
  EXPECT_FALSE(vqgan::fingerprint(resized, {}).ok());
  auto dropout = config;
  dropout.dropout = 0.5;
  EXPECT_EQ(vqgan::fingerprint(dropout, weights).value(), print);
}

TEST(LatentSource, IsTheEncoderAndTheQuantizer) {
  const auto config = vqgan::test::small_config();
  const auto weights = vqgan::random_weights(config, 1);
  const auto raw = latent_source(config, weights, LatentForm::kRaw, 1).value();
  const auto quantised = latent_source(config, weights, LatentForm::kQuantised, 1).value();
  EXPECT_EQ(raw.key, quantised.key);
  EXPECT_FALSE(raw.finish);
  const auto image = vqgan::test::wave_image(32, 32, 1);
  const auto latent = raw.encode(image).value();
  EXPECT_EQ(latent, quantised.encode(image).value());
  const auto quantizer = vqgan::Quantizer::create(config, weights).value();
  EXPECT_EQ(quantised.finish(latent).value(), quantizer.quantize(latent).value());
  EXPECT_NE(quantised.finish(latent).value(), latent);
}

}  // namespace
}  // namespace veilray::vision
