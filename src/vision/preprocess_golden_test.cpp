// What PyTorch made of formula images: tests/oracles/preprocess_oracle.py --golden.
#include <gtest/gtest.h>

#include <array>

#include "vision/preprocess.h"
#include "vision/test_files.h"

namespace veilray::vision {
namespace {

struct Golden {
  std::uint32_t width;
  std::uint32_t height;
  int channels;
  std::uint16_t max_value;
  std::array<float, 8> samples;  // number i: plane i % 3, row 97 i, column 59 i, modulo 256
};

constexpr Golden kGolden[] = {
    {300,
     411,
     1,
     255,
     {-0.7213516F, 0.4344203F, 0.4066331F, 0.0983163F, 0.2705824F, -0.6699991F, -0.0429099F,
      -0.8306977F}},
    {1021,
     733,
     3,
     65535,
     {-0.5238846F, 0.4924542F, 0.2263007F, 0.2045285F, -0.0481027F, 0.3386859F, 0.3995623F,
      -0.0824472F}},
    {100,
     77,
     1,
     4095,
     {-0.9741324F, -0.6190391F, 0.1852244F, -0.0043921F, -0.9221562F, -0.2200024F, -0.4803864F,
      0.4002626F}},
    {259,
     256,
     1,
     255,
     {-1.0000000F, -0.4431373F, -0.9294118F, 0.9058824F, -0.5137255F, -0.4117647F, 0.6470588F,
      -1.0000000F}},
    {256,
     261,
     3,
     255,
     {-1.0000000F, -0.3490196F, -0.7333333F, 0.8117647F, -0.5137255F, -0.1686275F, 0.6000000F,
      -0.9529412F}},
    {40,
     900,
     1,
     65535,
     {-0.1050636F, -0.2783468F, -0.3030721F, 0.2942052F, 0.3442938F, -0.7637058F, -0.1854930F,
      -0.1897285F}},
};

TEST(PreprocessGolden, AgreesWithPyTorchAtSpotsOfSixPictures) {
  for (const auto& golden : kGolden) {
    const auto image = test::formula_image(
        golden.width, golden.height, golden.channels == 3 ? Photometric::kRgb : Photometric::kGrey,
        golden.max_value);
    const auto tensor = preprocess(image);
    ASSERT_EQ(tensor.shape, (tensor::Shape{3, 256, 256}));
    for (std::size_t i = 0; i < golden.samples.size(); ++i) {
      const auto at = i % 3 * 65536 + i * 97 % 256 * 256 + i * 59 % 256;
      EXPECT_NEAR(tensor.data[at], golden.samples[i], 1e-5)
          << golden.width << " x " << golden.height << ", sample " << i;
    }
  }
}

}  // namespace
}  // namespace veilray::vision
