#include "vision/nn/softmax.h"

#include <gtest/gtest.h>

#include <cmath>

#include "vision/nn/test_maps.h"

namespace veilray::vision::nn {
namespace {

TEST(Softmax, EqualsTheNaiveLoopForAnyNumberOfColumns) {
  constexpr std::int64_t kStride = 48;
  constexpr std::int64_t kRows = 3;
  for (const std::int64_t columns : {1, 7, 16, 17, 33, 48}) {
    auto values = test::random_values(kStride * kRows, 1, 0.0F, 4.0F);
    const auto before = values;
    softmax_rows({values.data(), kStride}, kRows, columns);
    for (std::int64_t r = 0; r < kRows; ++r) {
      const std::span<const float> row(before.data() + r * kStride,
                                       static_cast<std::size_t>(columns));
      double sum = 0.0;
      for (const float x : row) sum += std::exp(static_cast<double>(x));
      for (std::size_t i = 0; i < row.size(); ++i) {
        ASSERT_NEAR(static_cast<double>(values[static_cast<std::size_t>(r * kStride) + i]),
                    std::exp(static_cast<double>(row[i])) / sum, 1e-6);
      }
    }
  }
}

TEST(Softmax, DoesNotOverflow) {
  std::vector<float> row = {1000.0F, 1000.0F, -1000.0F, 999.0F};
  row.resize(16);
  softmax_rows({row.data(), 16}, 1, 4);
  const double sum = 2.0 + std::exp(-1.0);
  EXPECT_NEAR(row[0], 1.0 / sum, 1e-6);
  EXPECT_NEAR(row[1], 1.0 / sum, 1e-6);
  EXPECT_NEAR(row[2], 0.0, 1e-6);
  EXPECT_NEAR(row[3], std::exp(-1.0) / sum, 1e-6);
}

}  // namespace
}  // namespace veilray::vision::nn
