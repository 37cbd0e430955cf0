#include "vision/vqgan/weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>

#include "vision/vqgan/random_weights.h"
#include "vision/vqgan/test_networks.h"

namespace veilray::vision::vqgan {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::map<std::string, tensor::Shape> shapes_of(const Config& config) {
  std::map<std::string, tensor::Shape> shapes;
  for (const Part part : {Part::kEncoder, Part::kQuantizer, Part::kDecoder}) {
    for (const TensorSpec& spec : part_tensors(config, part)) shapes[spec.name] = spec.shape;
  }
  return shapes;
}

TEST(VqganTensors, HaveThePublicNamesAndShapes) {
  const auto shapes = shapes_of(published_config(8, 128));
  const std::map<std::string, tensor::Shape> some = {
      {"encoder.conv_in.weight", {128, 3, 3, 3}},
      {"encoder.down.0.block.1.conv2.bias", {128}},
      {"encoder.down.0.downsample.conv.weight", {128, 128, 3, 3}},
      {"encoder.down.1.block.0.nin_shortcut.weight", {256, 128, 1, 1}},
      {"encoder.down.3.block.0.norm1.weight", {256}},
      {"encoder.mid.attn_1.proj_out.weight", {512, 512, 1, 1}},
      {"encoder.norm_out.bias", {512}},
      {"encoder.conv_out.weight", {4, 512, 3, 3}},
      {"quant_conv.weight", {256, 4, 1, 1}},
      {"quantize.embedding.weight", {1024, 256}},
      {"post_quant_conv.weight", {4, 256, 1, 1}},
      {"decoder.conv_in.weight", {512, 4, 3, 3}},
      {"decoder.up.0.block.2.conv1.weight", {128, 128, 3, 3}},
      {"decoder.up.0.block.0.nin_shortcut.weight", {128, 256, 1, 1}},
      {"decoder.up.3.upsample.conv.weight", {512, 512, 3, 3}},
      {"decoder.conv_out.weight", {3, 128, 3, 3}},
  };
  for (const auto& [name, shape] : some) {
    ASSERT_TRUE(shapes.contains(name)) << name;
    EXPECT_EQ(shapes.at(name), shape) << name;
  }
  for (const char* absent :
       {"encoder.down.3.downsample.conv.weight", "decoder.up.0.upsample.conv.weight",
        "encoder.down.0.attn.0.norm.weight", "decoder.up.1.block.3.norm1.bias",
        "encoder.down.2.block.0.nin_shortcut.weight"}) {
    EXPECT_FALSE(shapes.contains(absent)) << absent;
  }
}

TEST(VqganTensors, AttentionStandsWhereTheResolutionSays) {
  const auto f16 = shapes_of(published_config(16));  // 256, 128, 64, 32, 16
  EXPECT_TRUE(f16.contains("encoder.down.4.attn.1.q.weight"));
  EXPECT_FALSE(f16.contains("encoder.down.3.attn.0.q.weight"));
  EXPECT_TRUE(f16.contains("decoder.up.4.attn.2.v.bias"));
  EXPECT_FALSE(f16.contains("decoder.up.3.attn.0.v.bias"));
}

class VqganWeights : public testing::Test {
 protected:
  std::string failure() const { return test::line_of(check_weights(config, file)); }

  Config config = test::small_config();
  tensor::TensorFile file = random_weights(config, 1);
};

TEST_F(VqganWeights, AreAcceptedWhenComplete) { EXPECT_EQ(failure(), ""); }

TEST_F(VqganWeights, OfTheTrainingAloneAreIgnored) {
  file.tensors["loss.discriminator.main.0.weight"] = tensor::Tensor::zeros({4});
  EXPECT_EQ(failure(), "");
}

TEST_F(VqganWeights, AnyMissingTensorIsNamed) {
  for (const auto& [name, shape] : shapes_of(config)) {
    const auto kept = file.tensors.extract(name);
    EXPECT_THAT(failure(), AllOf(HasSubstr(name), HasSubstr("is missing")));
    file.tensors[name] = kept.mapped();
  }
}

TEST_F(VqganWeights, AnExtraTensorIsNamed) {
  file.tensors["encoder.down.7.block.0.conv1.weight"] = tensor::Tensor::zeros({4});
  EXPECT_THAT(failure(), HasSubstr("encoder.down.7.block.0.conv1.weight belongs to no layer"));
}

TEST_F(VqganWeights, AWrongShapeIsNamedWithBothShapes) {
  file.tensors["quant_conv.weight"] = tensor::Tensor::zeros({16, 3, 1, 1});
  EXPECT_THAT(failure(), AllOf(HasSubstr("quant_conv.weight has shape [16, 3, 1, 1]"),
                               HasSubstr("[16, 2, 1, 1]")));
}

TEST_F(VqganWeights, AValueThatIsNotFiniteIsNamed) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    file = random_weights(config, 1);
    file.tensors["decoder.norm_out.bias"].data[3] = bad;
    EXPECT_THAT(failure(), AllOf(HasSubstr("decoder.norm_out.bias"), HasSubstr("not finite")));
  }
}

TEST_F(VqganWeights, OfOnePartSufficeForThatPart) {
  const auto encoder = select_parts(config, file, {Part::kEncoder});
  EXPECT_TRUE(check_part(config, encoder, Part::kEncoder).ok());
  EXPECT_FALSE(check_part(config, encoder, Part::kQuantizer).ok());
  EXPECT_FALSE(check_part(config, encoder, Part::kDecoder).ok());
  EXPECT_FALSE(check_weights(config, encoder).ok());
  EXPECT_EQ(encoder.tensors.size(), part_tensors(config, Part::kEncoder).size());
  EXPECT_EQ(encoder.metadata, file.metadata);
  EXPECT_THROW(select_parts(config, encoder, {Part::kDecoder}), Error);
}

}  // namespace
}  // namespace veilray::vision::vqgan
