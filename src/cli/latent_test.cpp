#include "cli/latent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <limits>

#include "tensor/npy.h"

namespace veilray::cli {
namespace {
namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Latent : public ::testing::Test {
 protected:
  ~Latent() override { fs::remove(path_); }
  fs::path save(const tensor::Tensor& tensor) {
    EXPECT_TRUE(tensor::save_npy(path_, tensor, {.overwrite = Overwrite::kReplace}).ok());
    return path_;
  }
  void expect_refused(const tensor::Tensor& tensor, const char* what) {
    const auto result = load_latent(save(tensor));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.failure().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(result.failure().what, HasSubstr(what));
    EXPECT_EQ(result.failure().where, path_.string());
  }
  fs::path path_ = fs::temp_directory_path() / ("veilray-latent-" + std::to_string(getpid()));
};

TEST_F(Latent, DropsABatchAxisOfOne) {
  EXPECT_EQ(load_latent(save(tensor::Tensor::zeros({1, 4, 2, 2}))).value().shape,
            (tensor::Shape{4, 2, 2}));
  EXPECT_EQ(load_latent(save(tensor::Tensor::zeros({4, 2, 2}))).value().shape,
            (tensor::Shape{4, 2, 2}));
}

TEST_F(Latent, FailsIfTheRankOrTheBatchIsWrong) {
  expect_refused(tensor::Tensor::zeros({2, 4, 2, 2}), "2 x 4 x 2 x 2");
  expect_refused(tensor::Tensor::zeros({4, 4}), "4 x 4");
}

TEST_F(Latent, FailsIfAValueIsNotFinite) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    auto tensor = tensor::Tensor::zeros({4, 2, 2});
    tensor.data.back() = bad;
    expect_refused(tensor, "NaN or infinity");
  }
}

TEST_F(Latent, FailsIfThereIsNothingInIt) {
  expect_refused(tensor::Tensor::zeros({4, 0, 2}), "empty");
}

TEST_F(Latent, GivesASingleOneABatchAxisWhereManyAreTaken) {
  EXPECT_EQ(load_latents(save(tensor::Tensor::zeros({4, 2, 2}))).value().shape,
            (tensor::Shape{1, 4, 2, 2}));
  EXPECT_EQ(load_latents(save(tensor::Tensor::zeros({3, 4, 2, 2}))).value().shape,
            (tensor::Shape{3, 4, 2, 2}));
}

TEST_F(Latent, IsCutOutOfABatch) {
  const tensor::Tensor batch{{2, 1, 1, 2}, {1, 2, 3, 4}};
  EXPECT_EQ(slice(batch, 1), (tensor::Tensor{{1, 1, 2}, {3, 4}}));
}

TEST_F(Latent, NamesBothShapesWhenItDoesNotFitTheModel) {
  const auto status = require_shape(tensor::Tensor::zeros({4, 16, 16}), {4, 32, 32}, "x.npy");
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.failure().line(), HasSubstr("4 x 16 x 16"));
  EXPECT_THAT(status.failure().line(), HasSubstr("4 x 32 x 32"));
}

}  // namespace
}  // namespace veilray::cli
