#include "graph/approximation/fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "base/error.h"
#include "base/test_folder.h"
#include "base/test_oracle.h"
#include "graph/activation.h"
#include "graph/horner.h"
#include "tensor/npy.h"

namespace veilray::graph {
namespace {

double relu(double x) { return std::max(x, 0.0); }
double silu(double x) { return x / (1 + std::exp(-x)); }

void expect_coefficients(const std::vector<double>& got, const std::vector<double>& want,
                         double tolerance) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got[i], want[i], tolerance) << i;
}

std::vector<float> evenly(double min, double max, int count) {
  std::vector<float> x;
  for (int i = 0; i < count; ++i)
    x.push_back(static_cast<float>(min + (max - min) * (i + 0.5) / count));
  return x;
}

std::vector<float> normal(std::uint64_t seed, double mean, double deviation, int count) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<float> draw(static_cast<float>(mean), static_cast<float>(deviation));
  std::vector<float> x(static_cast<std::size_t>(count));
  for (float& value : x) value = draw(generator);
  return x;
}

TEST(LeastSquares, FindsTheIntegralsOfReluOnAnEvenRange) {
  // |x| on [-1, 1] is 15/16 x^2 + 3/16 + ..., by its products with Legendre's polynomials.
  expect_coefficients(least_squares(evenly(-1, 1, 20001), relu, 2), {3.0 / 32, 0.5, 15.0 / 32},
                      1e-6);
}

TEST(LeastSquares, FindsTheExpectationsOfReluOnNormalValues) {
  const double alpha = 1 / (2 * std::sqrt(2 * std::numbers::pi));  // 0.1995
  expect_coefficients(least_squares(normal(1, 0, 1, 400000), relu, 2), {alpha, 0.5, alpha}, 4e-3);
}

TEST(LeastSquares, LeavesAnErrorThatIsOrthogonalToEveryPower) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto x = normal(seed, 0.3 * static_cast<double>(seed), 2, 5000);
    for (const std::size_t degree : {1U, 2U, 3U}) {
      const auto p = least_squares(x, silu, degree);
      ASSERT_EQ(p.size(), degree + 1);
      for (std::size_t power = 0; power <= degree; ++power) {
        double product = 0, size = 0;
        for (const float value : x) {
          const double term = std::pow(double{value}, static_cast<double>(power));
          product += (polynomial_at(p, double{value}) - silu(double{value})) * term;
          size += std::abs(silu(double{value}) * term);
        }
        EXPECT_LT(std::abs(product), 1e-10 * size) << "seed " << seed << " power " << power;
      }
    }
  }
}

TEST(LeastSquares, GivesALineWhereReluIsOneAndZeroWhereItIsZero) {
  expect_coefficients(least_squares(evenly(0.5, 3, 1000), relu, 3), {0, 1}, 1e-12);
  expect_coefficients(least_squares(evenly(-3, -0.5, 1000), relu, 3), {0}, 0);
}

TEST(LeastSquares, NeedsNoMoreCoefficientsThanThereAreValues) {
  const std::vector<float> one(7, 2.0F);
  expect_coefficients(least_squares(one, silu, 2), {silu(2)}, 1e-15);
  std::vector<float> two = one;
  two.push_back(-1.0F);
  const auto line = least_squares(two, silu, 2);
  ASSERT_EQ(line.size(), 2U);
  EXPECT_NEAR(polynomial_at(line, -1), silu(-1), 1e-15);
  EXPECT_NEAR(polynomial_at(line, 2), silu(2), 1e-15);
}

TEST(LeastSquares, FailsWithoutValues) { EXPECT_THROW(least_squares({}, relu, 2), Error); }

TEST(Minimax, FindsChebyshevsAnswerForRelu) {
  // |x| on [-1, 1] is x^2 + 1/8 with an error of 1/8.
  expect_coefficients(minimax(-1, 1, relu, 2), {1.0 / 16, 0.5, 0.5}, 1e-6);
  expect_coefficients(minimax(-1, 1, relu, 3), {1.0 / 16, 0.5, 0.5}, 1e-6);
}

TEST(Minimax, FindsChebyshevsPolynomialInAPower) {
  // x^4 minus the Chebyshev polynomial of degree 4 over 8: x^2 - 1/8.
  expect_coefficients(
      minimax(-1, 1, [](double x) { return x * x * x * x; }, 3), {-0.125, 0, 1}, 1e-9);
}

TEST(Minimax, ReachesItsLargestErrorOneTimeMoreThanItHasCoefficients) {
  for (const double min : {-9.0, -3.0, -0.1, 0.5})
    for (const std::size_t degree : {1U, 2U, 3U}) {
      const double max = 4;
      const auto p = minimax(min, max, silu, degree);
      ASSERT_EQ(p.size(), degree + 1) << min;
      double most = 0;
      const auto error = [&](int i) {
        const double x = min + (max - min) * i / 100000;
        return polynomial_at(p, x) - silu(x);
      };
      for (int i = 0; i <= 100000; ++i) most = std::max(most, std::abs(error(i)));
      std::size_t turns = 0;
      double last = 0;
      for (int i = 0; i <= 100000; ++i) {
        if (std::abs(error(i)) < most * 0.9999 || error(i) * last > 0) continue;
        last = error(i);
        ++turns;
      }
      EXPECT_GE(turns, degree + 2) << "degree " << degree << " from " << min;
    }
}

TEST(Minimax, GivesALineWhereReluIsOneAndAValueOnAPoint) {
  expect_coefficients(minimax(0, 3, relu, 2), {0, 1}, 1e-9);
  expect_coefficients(minimax(-3, 0, relu, 2), {0}, 0);
  expect_coefficients(minimax(2, 2, silu, 2), {silu(2)}, 0);
  EXPECT_THROW(minimax(2, 1, silu, 2), Error);
}

TEST(LeastSquares, AgreesWithNumpysOnEveryActivation) {
  const TestFolder folder;
  for (int set = 0; set < 3; ++set) {
    const auto x = normal(static_cast<std::uint64_t>(set), set - 1, 1 + set, 3000);
    ASSERT_TRUE(tensor::save_npy(folder / (std::to_string(set) + ".npy"), {{3000}, x}).ok());
  }
  const int code = run_oracle(std::string(VEILRAY_ORACLES) + "/fit_oracle.py",
                              " '" + folder.path().string() + "' 3");
  if (code == kNoPackage) GTEST_SKIP() << "/usr/bin/python3 has no numpy (python3-numpy)";
  ASSERT_EQ(code, 0);
  const std::vector<Activation> functions{{.kind = Activation::Kind::kRelu},
                                          {.kind = Activation::Kind::kSigmoid},
                                          {.kind = Activation::Kind::kSigmoid, .factor = {0, 1}},
                                          {.kind = Activation::Kind::kTanh},
                                          {.kind = Activation::Kind::kErf,
                                           .inner = {0, 1 / std::numbers::sqrt2},
                                           .outer = {0.5, 0.5},
                                           .factor = {0, 1}}};
  for (int set = 0; set < 3; ++set) {
    const auto x = normal(static_cast<std::uint64_t>(set), set - 1, 1 + set, 3000);
    const auto want =  // [function, degree 2 or 3, coefficient]
        tensor::load_npy(folder / (std::to_string(set) + "-fits.npy")).value();
    ASSERT_EQ(want.shape, (tensor::Shape{5, 2, 4}));
    auto at = want.data.begin();
    for (const auto& function : functions)
      for (const std::size_t degree : {2U, 3U}) {
        const auto got =
            least_squares(x, [&](double value) { return value_at(function, value); }, degree);
        for (std::size_t i = 0; i < 4; ++i, ++at)
          EXPECT_NEAR(i < got.size() ? got[i] : 0, double{*at}, 1e-6)
              << name_of(function) << " degree " << degree << " set " << set;
      }
  }
}

}  // namespace
}  // namespace veilray::graph
