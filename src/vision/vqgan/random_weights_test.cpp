#include "vision/vqgan/random_weights.h"

#include <gtest/gtest.h>

#include <set>

#include "tensor/safetensors.h"
#include "vision/vqgan/decoder.h"
#include "vision/vqgan/encoder.h"
#include "vision/vqgan/test_networks.h"
#include "vision/vqgan/weights.h"

namespace veilray::vision::vqgan {
namespace {

TEST(RandomVqgan, IsAFunctionOfConfigAndSeed) {
  const Config config = test::small_config();
  const auto file = random_weights(config, 7);
  EXPECT_EQ(random_weights(config, 7).tensors, file.tensors);
  EXPECT_NE(random_weights(config, 8).tensors, file.tensors);
  EXPECT_EQ(file.metadata.at("trained"), "false");
}

TEST(RandomVqgan, DrawsTheSameNumbersOnEveryMachine) {
  const auto file = random_weights(test::small_config(), 7);
  // Worked out from the C++ standard's mt19937_64, FNV-1a and Box-Muller in Python.
  const auto& weight = file.tensors.at("encoder.conv_in.weight").data;
  const float want[] = {0.08556763F, 0.29706881F, -0.30436326F, 0.39876777F};
  for (std::size_t i = 0; i < std::size(want); ++i) EXPECT_NEAR(weight[i], want[i], 1e-6);
}

TEST(RandomVqgan, IsCompleteForEveryFactor) {
  for (const std::int64_t factor : {2, 4, 8, 16}) {
    const Config config = test::small_config(factor);
    EXPECT_EQ(test::line_of(check_weights(config, random_weights(config, 1))), "");
  }
}

TEST(RandomVqgan, RefusesAConfigThatCannotBe) {
  Config config = test::small_config();
  config.ch = 40;
  EXPECT_THROW(random_weights(config, 1), Error);
}

TEST(RandomVqgan, GivesLatentsOfDeviationNearOneThatDifferBetweenImages) {
  for (const std::int64_t factor : {2, 4, 8, 16}) {
    const Config config = test::small_config(factor, 64);
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
      SCOPED_TRACE("factor " + std::to_string(factor) + ", seed " + std::to_string(seed));
      const auto file = random_weights(config, seed);
      const auto encoder = Encoder::create(config, file, 1).value();
      const auto a = encoder.encode(test::wave_image(64, 64, 10)).value();
      const auto b = encoder.encode(test::wave_image(64, 64, 11)).value();
      EXPECT_GT(test::deviation(a.data), 0.5);
      EXPECT_LT(test::deviation(a.data), 2.0);
      std::vector<float> difference(a.data.size());
      for (std::size_t i = 0; i < difference.size(); ++i) difference[i] = a.data[i] - b.data[i];
      EXPECT_GT(test::deviation(difference), 0.3);
    }
  }
}

TEST(RandomVqgan, UsesManyCodesAndDecodesToAnImageThatVaries) {
  Config config = test::small_config(4, 64);
  const auto file = random_weights(config, 1);
  const auto latent =
      Encoder::create(config, file, 1).value().encode(test::wave_image(64, 64, 10)).value();
  const auto codes = Quantizer::create(config, file).value().codes(latent).value();
  EXPECT_GT(std::set<std::int32_t>(codes.index.begin(), codes.index.end()).size(), 20U);
  const auto image = Decoder::create(config, file, 1).value().decode(latent).value();
  EXPECT_GT(test::deviation(image.data), 0.1);
  EXPECT_LT(test::deviation(image.data), 1.5);
}

TEST(RandomVqgan, OfTheDefaultSizeTakesLessThan40MegabytesInHalfPrecision) {
  std::size_t count = 0;
  for (const Part part : {Part::kEncoder, Part::kQuantizer, Part::kDecoder}) {
    for (const auto& spec : part_tensors(published_config(8), part)) {
      count += tensor::element_count(spec.shape);
    }
  }
  EXPECT_LT(2 * count, 40'000'000U);
}

}  // namespace
}  // namespace veilray::vision::vqgan
