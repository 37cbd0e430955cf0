#include "vision/vqgan/quantizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "vision/vqgan/random_weights.h"
#include "vision/vqgan/test_networks.h"

namespace veilray::vision::vqgan {
namespace {

class Quantizing : public testing::Test {
 protected:
  Quantizer make() const { return Quantizer::create(config, file).value(); }

  // quant_conv in double, rounded to float as the definition has it, then every distance.
  std::int32_t nearest(std::size_t position) const {
    const auto& weight = file.tensors.at("quant_conv.weight").data;
    const auto& bias = file.tensors.at("quant_conv.bias").data;
    const auto& book = file.tensors.at("quantize.embedding.weight").data;
    const auto channels = static_cast<std::size_t>(config.z_channels);
    const std::size_t positions = latent.data.size() / channels, dim = bias.size();
    std::int32_t best = -1;
    double least = HUGE_VAL;
    for (std::size_t code = 0; code < book.size() / dim; ++code) {
      double distance = 0.0;
      for (std::size_t d = 0; d < dim; ++d) {
        double value = static_cast<double>(bias[d]);
        for (std::size_t c = 0; c < channels; ++c) {
          value += static_cast<double>(weight[d * channels + c]) *
                   static_cast<double>(latent.data[c * positions + position]);
        }
        const double difference = static_cast<double>(static_cast<float>(value)) -
                                  static_cast<double>(book[code * dim + d]);
        distance += difference * difference;
      }
      if (distance < least) least = distance, best = static_cast<std::int32_t>(code);
    }
    return best;
  }

  Config config = test::small_config();
  tensor::TensorFile file = random_weights(config, 3);
  tensor::Tensor latent = test::normal_tensor({2, 18, 19}, 4);  // more positions than one chunk
};

TEST_F(Quantizing, ChoosesTheNearestCodeAtEveryPosition) {
  const Codes codes = make().codes(latent).value();
  ASSERT_EQ(codes.height, 18);
  ASSERT_EQ(codes.width, 19);
  ASSERT_EQ(codes.index.size(), 18U * 19U);
  for (std::size_t p = 0; p < codes.index.size(); ++p) {
    ASSERT_EQ(codes.index[p], nearest(p)) << "position " << p;
  }
}

TEST_F(Quantizing, ChoosesTheLowestIndexAmongEquals) {
  auto& book = file.tensors.at("quantize.embedding.weight").data;
  const std::size_t half = book.size() / 2;
  std::copy_n(book.begin(), half, book.begin() + static_cast<std::ptrdiff_t>(half));
  for (const std::int32_t code : make().codes(latent).value().index) ASSERT_LT(code, 32);
}

TEST_F(Quantizing, SettlesDistancesThatFloatsCannotTellApart) {
  // All codes lie far away and close together: float scores near 1e6 have steps of 0.06.
  auto& book = file.tensors.at("quantize.embedding.weight").data;
  for (float& value : book) value = 250.0F + 0.01F * value;
  const Codes codes = make().codes(latent).value();
  for (std::size_t p = 0; p < codes.index.size(); ++p) ASSERT_EQ(codes.index[p], nearest(p));
}

TEST_F(Quantizing, OfAQuantisedLatentsOwnVectorsChangesNothing) {
  // quant_conv as the identity: the codes' own vectors must find themselves.
  config.z_channels = config.embed_dim;
  file = random_weights(config, 5);
  for (const char* name : {"quant_conv", "post_quant_conv"}) {
    auto& weight = file.tensors.at(std::string(name) + ".weight");
    weight = tensor::Tensor::zeros(weight.shape);
    for (std::size_t i = 0; i < 16; ++i) weight.data[i * 17] = 1.0F;
    auto& bias = file.tensors.at(std::string(name) + ".bias");
    bias = tensor::Tensor::zeros(bias.shape);
  }
  const Quantizer quantizer = make();
  Codes codes{8, 8, {}};
  for (std::int32_t i = 0; i < 64; ++i) codes.index.push_back(63 - i);
  const auto vectors = quantizer.dequantize(codes).value();
  EXPECT_EQ(quantizer.codes(vectors).value(), codes);
  EXPECT_EQ(quantizer.quantize(vectors).value(), vectors);
}

TEST_F(Quantizing, QuantizeIsDequantizeOfCodes) {
  const Quantizer quantizer = make();
  const auto quantised = quantizer.quantize(latent).value();
  EXPECT_EQ(quantised.shape, latent.shape);
  EXPECT_EQ(quantised, quantizer.dequantize(quantizer.codes(latent).value()).value());
}

TEST_F(Quantizing, FailsIfTheLatentHasAnotherShapeOrIsNotFinite) {
  const Quantizer quantizer = make();
  for (const tensor::Shape& shape : {tensor::Shape{3, 8, 8}, {2, 8}, {1, 2, 8, 8}, {2, 0, 8}, {}}) {
    EXPECT_THAT(test::line_of(quantizer.codes(tensor::Tensor::zeros(shape))),
                testing::HasSubstr("wrong shape"));
  }
  EXPECT_THAT(test::line_of(quantizer.codes({{2, 8, 8}, {1.0F}})),
              testing::HasSubstr("wrong shape"));
  latent.data[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(test::line_of(quantizer.quantize(latent)), testing::HasSubstr("not finite"));
}

TEST_F(Quantizing, FailsIfCodesAreNotOfTheCodebook) {
  const Quantizer quantizer = make();
  for (const Codes& codes : {Codes{1, 2, {0, 64}}, Codes{1, 2, {-1, 0}}, Codes{1, 2, {0}},
                             Codes{0, 0, {}}, Codes{-1, -1, {0}}, Codes{1 << 30, 1 << 30, {0}}}) {
    EXPECT_THAT(test::line_of(quantizer.dequantize(codes)), testing::HasSubstr("codebook"));
  }
}

TEST_F(Quantizing, FailsIfItsWeightsAreMissing) {
  file.tensors.erase("quantize.embedding.weight");
  EXPECT_THAT(test::line_of(Quantizer::create(config, file)),
              testing::HasSubstr("quantize.embedding.weight is missing"));
}

}  // namespace
}  // namespace veilray::vision::vqgan
