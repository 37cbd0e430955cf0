#include "train/vqgan_network.h"

#include <gtest/gtest.h>

#include "train/codebook.h"
#include "vision/vqgan/decoder.h"
#include "vision/vqgan/encoder.h"
#include "vision/vqgan/test_networks.h"

namespace veilray::train {
namespace {

using vision::vqgan::Codes;
namespace vqgan_test = vision::vqgan::test;

constexpr double kTolerance = 1e-4;

// libtorch against oneDNN: two implementations that share only the list of stages.
class SameAsTheProgram : public testing::TestWithParam<std::int64_t> {
 protected:
  vision::vqgan::Config config_ = vqgan_test::small_config(GetParam());
  VqganNetwork network_{config_, 7, torch::kCPU, torch::kFloat32};
  tensor::TensorFile file_ = to_file(network_.parameters());
  torch::NoGradGuard no_grad_;
};

TEST_P(SameAsTheProgram, Encodes) {
  const auto image = vqgan_test::wave_image(32, 64, 11);
  const auto encoder = vision::vqgan::Encoder::create(config_, file_, 1).value();
  const auto want = encoder.encode(image).value();
  const auto got = to_array(network_.encode(to_torch(image).unsqueeze(0)).squeeze(0));
  EXPECT_EQ(got.shape, want.shape);
  EXPECT_LT(vqgan_test::largest_difference(got.data, want.data), kTolerance);
  EXPECT_GT(vqgan_test::deviation(want.data), 100 * kTolerance);
}

TEST_P(SameAsTheProgram, DecodesCodes) {
  const std::int64_t height = 4, width = 3;
  Codes codes{height, width, {}};
  for (std::int32_t i = 0; i < height * width; ++i) codes.index.push_back(i * 5 % 64);
  const auto decoder = vision::vqgan::Decoder::create(config_, file_, 1).value();
  const auto want = decoder.decode_codes(codes).value();
  const auto vectors =
      network_.at("quantize.embedding.weight")
          .index_select(
              0, torch::tensor(std::vector<std::int64_t>(codes.index.begin(), codes.index.end())))
          .reshape({1, height, width, -1})
          .permute({0, 3, 1, 2});
  const auto got = to_array(network_.decode(vectors).squeeze(0));
  EXPECT_EQ(got.shape, want.shape);
  EXPECT_LT(vqgan_test::largest_difference(got.data, want.data), kTolerance);
  EXPECT_GT(vqgan_test::deviation(want.data), 100 * kTolerance);
}

TEST_P(SameAsTheProgram, ChoosesTheSameCodes) {
  const auto latent = vqgan_test::normal_tensor({config_.z_channels, 8, 8}, 3);
  const auto want = vision::vqgan::Quantizer::create(config_, file_).value().codes(latent).value();
  const auto quantized = Codebook(network_.at("quantize.embedding.weight"))
                             .quantize(network_.before_codes(to_torch(latent).unsqueeze(0)));
  // All but a near tie or two, which the program settles in double.
  std::size_t same = 0;
  for (std::int64_t i = 0; i < 64; ++i) {
    same += quantized.indices[i].item<std::int64_t>() == want.index[static_cast<std::size_t>(i)];
  }
  EXPECT_GE(same, 62);
}

INSTANTIATE_TEST_SUITE_P(Factors, SameAsTheProgram, testing::Values(2, 8));

// 9216 positions: more scores than are taken at a time.
TEST(VqganNetwork, AttendsToALargeImageInParts) {
  const auto config = vqgan_test::small_config(2);
  const VqganNetwork network(config, 7, torch::kCPU, torch::kFloat32);
  const torch::NoGradGuard no_grad;
  const auto image = vqgan_test::wave_image(192, 192, 11);
  const auto encoder =
      vision::vqgan::Encoder::create(config, to_file(network.parameters()), 1).value();
  const auto want = encoder.encode(image).value();
  const auto got = to_array(network.encode(to_torch(image).unsqueeze(0)).squeeze(0));
  EXPECT_LT(vqgan_test::largest_difference(got.data, want.data), kTolerance);
}

TEST(VqganNetwork, StartsFromItsSeed) {
  const auto config = vqgan_test::small_config();
  const VqganNetwork a(config, 1, torch::kCPU, torch::kFloat32);
  const VqganNetwork b(config, 1, torch::kCPU, torch::kFloat32);
  const VqganNetwork c(config, 2, torch::kCPU, torch::kFloat32);
  const std::string name = "encoder.conv_in.weight";
  EXPECT_TRUE(a.at(name).equal(b.at(name)));
  EXPECT_FALSE(a.at(name).equal(c.at(name)));
}

TEST(VqganNetwork, HoldsAllButTheCodesInOnePiece) {
  VqganNetwork network(vqgan_test::small_config(), 1, torch::kCPU, torch::kFloat32);
  std::int64_t count = 0;
  for (const auto& [name, values] : network.parameters()) {
    if (name != kCodes) count += values.numel();
  }
  EXPECT_EQ(network.values().numel(), count);

  network.values().set_requires_grad(true);
  network.track();
  const auto image = to_torch(vqgan_test::wave_image(32, 32, 5)).unsqueeze(0);
  network.encode(image).square().sum().backward();
  EXPECT_GT(network.values().grad().norm().item<double>(), 0.0);

  const torch::NoGradGuard no_grad;
  network.values().fill_(2.0);
  for (const auto& [name, values] : network.parameters()) {
    EXPECT_EQ((values == 2.0).all().item<bool>(), name != kCodes) << name;
  }
}

TEST(VqganNetwork, HalvesOfAFloatComeCloseInBfloat16) {
  const auto config = vqgan_test::small_config();
  const VqganNetwork exact(config, 1, torch::kCPU, torch::kFloat32);
  const VqganNetwork rough(config, 1, torch::kCPU, torch::kBFloat16);
  const torch::NoGradGuard no_grad;
  const auto image = to_torch(vqgan_test::wave_image(32, 32, 5)).unsqueeze(0);
  const auto want = exact.encode(image), got = rough.encode(image);
  const auto error = (got - want).norm().item<double>() / want.norm().item<double>();
  EXPECT_LT(error, 0.25);  // 8 bits a step, some 20 layers
  EXPECT_GT(error, 0.0);
}

}  // namespace
}  // namespace veilray::train
