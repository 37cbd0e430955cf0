#include "vision/preprocess.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/test_folder.h"
#include "vision/png.h"
#include "vision/test_files.h"

namespace veilray::vision {
namespace {

TEST(Preprocess, SpansMinusOneToOne) {
  Image image{64, 64, Photometric::kGrey, 4095, std::vector<std::uint16_t>(64 * 64, 4095)};
  std::fill_n(image.samples.begin(), 32 * 64, std::uint16_t{0});
  const auto tensor = preprocess(image);
  EXPECT_FLOAT_EQ(*std::ranges::min_element(tensor.data), -1);
  EXPECT_FLOAT_EQ(*std::ranges::max_element(tensor.data), 1);
}

TEST(Preprocess, RepeatsGreyThreeTimes) {
  const auto tensor = preprocess(test::formula_image(300, 280));
  EXPECT_TRUE(
      std::equal(tensor.data.begin(), tensor.data.begin() + 65536, tensor.data.begin() + 65536));
  EXPECT_TRUE(std::equal(tensor.data.begin(), tensor.data.begin() + 65536,
                         tensor.data.begin() + 2 * 65536));
}

TEST(Preprocess, DoesNotDependOnTheDepth) {
  const auto narrow = test::formula_image(301, 280);
  auto wide = narrow;
  wide.max_value = 65535;
  for (auto& sample : wide.samples) sample = static_cast<std::uint16_t>(sample * 257);
  const auto a = preprocess(narrow);
  const auto b = preprocess(wide);
  for (std::size_t i = 0; i < a.data.size(); ++i) ASSERT_NEAR(a.data[i], b.data[i], 1e-5);
}

TEST(LoadRadiograph, ReadsPngAndJpegByContentWhateverTheName) {
  const TestFolder folder;
  const auto image = test::smooth_image(300, 270);
  ASSERT_TRUE(write_file(folder / "a.jpg", test::png_of(image)).ok());
  ASSERT_TRUE(write_file(folder / "b.dcm", test::jpeg_of(image)).ok());
  const auto a = load_radiograph(folder / "a.jpg").value();
  const auto b = load_radiograph(folder / "b.dcm").value();
  for (std::size_t i = 0; i < a.data.size(); ++i) ASSERT_NEAR(a.data[i], b.data[i], 0.03);
}

TEST(ToImage, UndoesPreprocessOfAPictureOfTheRightSize) {
  for (const auto photometric : {Photometric::kGrey, Photometric::kRgb}) {
    const auto image = test::formula_image(256, 256, photometric);
    EXPECT_EQ(to_image(preprocess(image)), image);
  }
}

TEST(ToImage, ClampsWhatADecoderOverdraws) {
  auto tensor = tensor::Tensor::zeros({3, 2, 2});
  tensor.data = {-3, 0, 1, 9, -3, 0, 1, 9, -3, 0, 1, 9};
  EXPECT_EQ(to_image(tensor).samples, (std::vector<std::uint16_t>{0, 128, 255, 255}));
}

TEST(ToImage, FailsIfTheShapeIsNoImage) {
  EXPECT_THROW(to_image(tensor::Tensor::zeros({1, 2, 2})), Error);
  EXPECT_THROW(to_image(tensor::Tensor::zeros({3, 4})), Error);
}

}  // namespace
}  // namespace veilray::vision
