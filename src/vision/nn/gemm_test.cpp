#include "vision/nn/gemm.h"

#include <gtest/gtest.h>

#include "vision/nn/test_maps.h"
#include "vision/nn/threads.h"

namespace veilray::vision::nn {
namespace {

struct Size {
  std::int64_t m, n, k;
};
constexpr Size kSizes[] = {{1, 1, 1},    {3, 5, 7},      {64, 64, 128},
                           {300, 33, 9}, {128, 16, 700}, {257, 256, 1024}};

struct Product {
  Size size;
  Right orientation;
  std::vector<float> left = test::random_values(static_cast<std::size_t>(size.m * size.k), 1);
  std::vector<float> right = test::random_values(static_cast<std::size_t>(size.n * size.k), 2);
  std::vector<float> before = test::random_values(static_cast<std::size_t>(size.m * size.n), 3);

  std::vector<float> run() const {
    std::vector<float> out = before;
    const std::int64_t stride = orientation == Right::kTransposed ? size.k : size.n;
    multiply({out.data(), size.n}, {left.data(), size.k}, {right.data(), stride}, orientation,
             size.m, size.n, size.k, 0.5F, 2.0F);
    return out;
  }

  std::vector<double> naive() const {
    std::vector<double> out = test::widen(before);
    for (std::int64_t i = 0; i < size.m * size.n; ++i) {
      double sum = 0.0;
      for (std::int64_t c = 0; c < size.k; ++c) {
        const std::int64_t at =
            orientation == Right::kTransposed ? i % size.n * size.k + c : c * size.n + i % size.n;
        sum += static_cast<double>(left[static_cast<std::size_t>(i / size.n * size.k + c)]) *
               static_cast<double>(right[static_cast<std::size_t>(at)]);
      }
      double& value = out[static_cast<std::size_t>(i)];
      value = 0.5 * sum + 2.0 * value;
    }
    return out;
  }
};

TEST(Multiply, EqualsTheNaiveLoop) {
  for (const Size& size : kSizes) {
    for (const Right orientation : {Right::kAsIs, Right::kTransposed}) {
      const Product product{size, orientation};
      test::expect_near(product.run(), product.naive(), 2e-4);
    }
  }
}

TEST(Multiply, GivesTheSameBitsOnAnyNumberOfThreads) {
  for (const Size& size : kSizes) {
    const Product product{size, Right::kTransposed};
    std::vector<std::vector<float>> results;
    for (const std::size_t threads : {1U, 2U, 5U}) {
      const ThreadScope scope(threads);
      results.push_back(product.run());
    }
    EXPECT_EQ(results[0], results[1]);
    EXPECT_EQ(results[0], results[2]);
  }
}

}  // namespace
}  // namespace veilray::vision::nn
