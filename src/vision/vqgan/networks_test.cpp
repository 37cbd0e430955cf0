// Encoder and decoder as wholes; PyTorch says in oracle_test.cpp whether their numbers are right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "vision/vqgan/decoder.h"
#include "vision/vqgan/encoder.h"
#include "vision/vqgan/random_weights.h"
#include "vision/vqgan/test_networks.h"
#include "vision/vqgan/weights.h"

namespace veilray::vision::vqgan {
namespace {

using testing::HasSubstr;

class Networks : public testing::Test {
 protected:
  Encoder encoder(std::size_t threads = 1) const {
    return Encoder::create(config, file, threads).value();
  }
  Decoder decoder(std::size_t threads = 1) const {
    return Decoder::create(config, file, threads).value();
  }

  Config config = test::small_config(4);
  tensor::TensorFile file = random_weights(config, 1);
  tensor::Tensor image = test::wave_image(32, 32, 2);
};

TEST_F(Networks, ShrinkAndGrowByTheFactorAtAnySize) {
  const Encoder encode = encoder();
  const Decoder decode = decoder();
  for (const auto& [height, width] :
       {std::pair<std::int64_t, std::int64_t>{32, 32}, {4, 4}, {64, 20}, {36, 128}}) {
    const auto latent = encode.encode(test::wave_image(height, width, 3)).value();
    EXPECT_EQ(latent.shape, (tensor::Shape{3, height / 4, width / 4}));
    EXPECT_EQ(decode.decode(latent).value().shape, (tensor::Shape{3, height, width}));
  }
}

TEST_F(Networks, GiveTheSameAnswerAgainAndAfterAnotherSize) {
  const Encoder encode = encoder();
  const auto first = encode.encode(image).value();
  EXPECT_EQ(encode.encode(image).value(), first);
  ASSERT_TRUE(encode.encode(test::wave_image(64, 48, 4)).ok());
  EXPECT_EQ(encode.encode(image).value(), first);
}

TEST_F(Networks, DoNotDependOnTheNumberOfThreads) {
  const auto latent = encoder(1).encode(image).value();
  const auto decoded = decoder(1).decode(latent).value();
  for (const std::size_t threads : {2U, 3U}) {
    const auto other = encoder(threads).encode(image).value();
    EXPECT_EQ(other, latent) << test::largest_difference(other.data, latent.data);
    const auto image_again = decoder(threads).decode(latent).value();
    EXPECT_EQ(image_again, decoded) << test::largest_difference(image_again.data, decoded.data);
  }
}

TEST_F(Networks, MayBeCalledFromSeveralThreads) {
  const Encoder encode = encoder();
  const auto other_image = test::wave_image(32, 32, 9);
  const auto want = encode.encode(image).value();
  const auto other_want = encode.encode(other_image).value();
  tensor::Tensor other_got;
  std::thread other([&] {
    for (int i = 0; i < 5; ++i) other_got = encode.encode(other_image).value();
  });
  tensor::Tensor got;
  for (int i = 0; i < 5; ++i) got = encode.encode(image).value();
  other.join();
  EXPECT_EQ(got, want);
  EXPECT_EQ(other_got, other_want);
}

TEST_F(Networks, DecodeTheSameFromALatentAndFromItsCodes) {
  const auto latent = encoder().encode(image).value();
  const auto codes = Quantizer::create(config, file).value().codes(latent).value();
  const Decoder decode = decoder();
  EXPECT_EQ(decode.decode_codes(codes).value(), decode.decode(latent).value());
}

TEST_F(Networks, OutliveTheFileTheyWereMadeFrom) {
  auto own = std::make_unique<tensor::TensorFile>(file);
  const Encoder encode = Encoder::create(config, *own, 1).value();
  own.reset();
  EXPECT_EQ(encode.encode(image).value(), encoder().encode(image).value());
}

TEST_F(Networks, NeedNoTensorOfAnotherPart) {
  const auto encoder_only = select_parts(config, file, {Part::kEncoder});
  const auto decoder_only = select_parts(config, file, {Part::kQuantizer, Part::kDecoder});
  EXPECT_TRUE(Encoder::create(config, encoder_only, 1).ok());
  EXPECT_TRUE(Decoder::create(config, decoder_only, 1).ok());
  EXPECT_THAT(test::line_of(Encoder::create(config, decoder_only, 1)),
              HasSubstr("encoder.conv_in.weight is missing"));
  EXPECT_THAT(test::line_of(Decoder::create(config, encoder_only, 1)), HasSubstr("is missing"));
}

TEST_F(Networks, FailIfTheConfigCannotBe) {
  config.ch = 33;
  EXPECT_THAT(test::line_of(Encoder::create(config, file, 1)), HasSubstr("ch is 33"));
  EXPECT_THAT(test::line_of(Decoder::create(config, file, 1)), HasSubstr("ch is 33"));
}

TEST_F(Networks, FailIfTheInputHasAnotherShape) {
  const Encoder encode = encoder();
  for (const tensor::Shape& shape :
       {tensor::Shape{1, 32, 32}, {3, 32, 30}, {3, 0, 0}, {3, 32}, {1, 3, 32, 32}, {3, 1028, 4}}) {
    EXPECT_THAT(test::line_of(encode.encode(tensor::Tensor::zeros(shape))),
                HasSubstr("the image has the wrong shape"));
  }
  const Decoder decode = decoder();
  for (const tensor::Shape& shape : {tensor::Shape{4, 8, 8}, {3, 257, 1}, {3, 0, 8}}) {
    EXPECT_THAT(test::line_of(decode.decode(tensor::Tensor::zeros(shape))),
                HasSubstr("the latent has the wrong shape"));
  }
}

TEST_F(Networks, FailIfTheInputIsNotFinite) {
  image.data[100] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(test::line_of(encoder().encode(image)), HasSubstr("not finite"));
  auto latent = tensor::Tensor::zeros({3, 8, 8});
  latent.data[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(test::line_of(decoder().decode(latent)), HasSubstr("not finite"));
}

TEST_F(Networks, FailIfTheWeightsOverflow) {
  for (float& value : file.tensors.at("encoder.conv_out.weight").data) value *= 1e38F;
  EXPECT_THAT(test::line_of(encoder().encode(image)), HasSubstr("not finite"));
}

}  // namespace
}  // namespace veilray::vision::vqgan
