// Preprocessing against PyTorch itself; skipped where there is no PyTorch.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/test_folder.h"
#include "base/test_oracle.h"
#include "tensor/npy.h"
#include "vision/preprocess.h"
#include "vision/test_files.h"

namespace veilray::vision {
namespace {

const std::string kScript = std::string(VEILRAY_ORACLES) + "/preprocess_oracle.py";

/// [c, h, w] with values in 0..255.
tensor::Tensor planes_of(const Image& image) {
  const auto channels = image.channels();
  auto out = tensor::Tensor::zeros({channels, image.height, image.width});
  for (std::size_t i = 0; i < image.samples.size(); ++i) {
    out.data[i % channels * image.pixels() + i / channels] =
        static_cast<float>(image.samples[i]) * 255.0F / image.max_value;
  }
  return out;
}

TEST(PreprocessOracle, AgreesWithPyTorchOnEveryPixel) {
  // Shrinking, enlarging, odd margins on either side, both shapes, one side already right.
  const Image images[] = {test::formula_image(1024, 1024),
                          test::formula_image(517, 300, Photometric::kRgb, 65535),
                          test::formula_image(300, 517, Photometric::kGrey, 65535),
                          test::formula_image(32, 47),
                          test::formula_image(256, 259),
                          test::formula_image(261, 256),
                          test::formula_image(1841, 1955, Photometric::kGrey, 32767)};
  const TestFolder folder;
  std::string arguments;
  for (std::size_t i = 0; i < std::size(images); ++i) {
    const auto stem = (folder / std::to_string(i)).string();
    ASSERT_TRUE(tensor::save_npy(stem + ".npy", planes_of(images[i])).ok());
    arguments += " " + stem + ".npy " + stem + "-out.npy";
  }
  const int exit_code = run_oracle(kScript, arguments);
  if (exit_code == kNoPackage) GTEST_SKIP() << "/usr/bin/python3 has no torch (python3-torch)";
  ASSERT_EQ(exit_code, 0);
  for (std::size_t i = 0; i < std::size(images); ++i) {
    const auto want = tensor::load_npy((folder / (std::to_string(i) + "-out.npy"))).value();
    const auto got = preprocess(images[i]);
    ASSERT_EQ(got.shape, want.shape);
    float worst = 0;
    for (std::size_t k = 0; k < got.data.size(); ++k) {
      worst = std::max(worst, std::abs(got.data[k] - want.data[k]));
    }
    EXPECT_LT(worst, 1e-5F) << images[i].width << " x " << images[i].height;
  }
}

}  // namespace
}  // namespace veilray::vision
