#include "vision/nn/attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "vision/nn/test_maps.h"

namespace veilray::vision::nn {
namespace {

struct Parameters {
  std::vector<float> weight, bias;
  Projection view() const { return {weight, bias}; }
};

Parameters random_projection(std::size_t channels, std::uint64_t seed) {
  const float deviation = 1.0F / std::sqrt(static_cast<float>(channels));
  return {test::random_values(channels * channels, seed, 0.0F, 2.0F * deviation),
          test::random_values(channels, seed + 100, 0.0F, 0.2F)};
}

// weight [c, c] times planar [c, n], plus bias.
std::vector<double> naive_project(const Parameters& p, const std::vector<double>& in) {
  const std::size_t channels = p.bias.size();
  const std::size_t positions = in.size() / channels;
  std::vector<double> out(in.size());
  for (std::size_t o = 0; o < channels; ++o) {
    for (std::size_t n = 0; n < positions; ++n) {
      double sum = static_cast<double>(p.bias[o]);
      for (std::size_t c = 0; c < channels; ++c) {
        sum += static_cast<double>(p.weight[o * channels + c]) * in[c * positions + n];
      }
      out[o * positions + n] = sum;
    }
  }
  return out;
}

std::vector<double> naive_mix(const std::vector<double>& q, const std::vector<double>& k,
                              const std::vector<double>& v, std::size_t channels) {
  const std::size_t positions = q.size() / channels;
  std::vector<double> out(q.size(), 0.0), scores(positions);
  for (std::size_t i = 0; i < positions; ++i) {
    for (std::size_t j = 0; j < positions; ++j) {
      scores[j] = 0.0;
      for (std::size_t c = 0; c < channels; ++c) {
        scores[j] += q[c * positions + i] * k[c * positions + j];
      }
      scores[j] /= std::sqrt(static_cast<double>(channels));
    }
    const double most = *std::max_element(scores.begin(), scores.end());
    double total = 0.0;
    for (double& s : scores) total += (s = std::exp(s - most));
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t j = 0; j < positions; ++j) {
        out[c * positions + i] += scores[j] / total * v[c * positions + j];
      }
    }
  }
  return out;
}

void expect_naive(const Extent& extent, double tolerance) {
  const auto channels = static_cast<std::size_t>(extent.channels);
  const auto weight = test::random_values(channels, 1, 1.0F, 0.2F);
  const auto bias = test::random_values(channels, 2, 0.0F, 0.2F);
  std::array<Parameters, 4> p;
  for (std::size_t i = 0; i < p.size(); ++i) p[i] = random_projection(channels, 3 + i);
  const auto values = test::random_values(extent.size(), 9);

  const auto normed = test::naive_group_norm(values, extent, weight, bias);
  auto want =
      naive_project(p[3], naive_mix(naive_project(p[0], normed), naive_project(p[1], normed),
                                    naive_project(p[2], normed), channels));
  for (std::size_t i = 0; i < want.size(); ++i) want[i] += static_cast<double>(values[i]);

  FeatureMap x = test::packed(values, extent), scratch;
  Attention(GroupNorm(weight, bias), p[0].view(), p[1].view(), p[2].view(), p[3].view())
      .run(x, scratch);
  test::expect_near(test::planar(x), want, tolerance);
}

TEST(Attention, EqualsTheNaiveLoop) {
  expect_naive({32, 1, 1}, 5e-5);
  expect_naive({32, 3, 5}, 5e-5);
  expect_naive({64, 8, 8}, 5e-5);
}

TEST(Attention, EqualsTheNaiveLoopWhereScoresAreHeldInParts) {
  expect_naive({32, 34, 36}, 5e-5);  // 1224^2 scores, more than are held at once
}

TEST(Attention, RefusesProjectionsOfAnotherSize) {
  const auto ones = std::vector<float>(32, 1.0F);
  const auto good = random_projection(32, 1), bad = random_projection(64, 2);
  EXPECT_THROW(Attention(GroupNorm(ones, ones), good.view(), bad.view(), good.view(), good.view()),
               Error);
}

}  // namespace
}  // namespace veilray::vision::nn
