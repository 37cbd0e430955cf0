#include "ring/sample.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "math/primes.h"

namespace veilray::ring {
namespace {

constexpr std::size_t kCount = 1 << 18;

struct Moments {
  double mean = 0, variance = 0, kurtosis = 0;
};

Moments moments(const std::vector<std::int8_t>& values) {
  Moments m;
  const auto count = static_cast<double>(values.size());
  for (const int v : values) m.mean += v / count;
  for (const int v : values) m.variance += (v - m.mean) * (v - m.mean) / count;
  for (const int v : values) {
    m.kurtosis += std::pow(v - m.mean, 4) / (count * m.variance * m.variance);
  }
  return m;
}

TEST(SampleError, HasTheMomentsOfACentredBinomialOf21Pairs) {
  SeededRng rng(11);
  std::vector<std::int8_t> values(kCount);
  sample_error(values, rng);
  const auto m = moments(values);
  // Six standard errors each.
  EXPECT_NEAR(m.mean, 0, 6 * kErrorStddev / std::sqrt(kCount));
  EXPECT_NEAR(m.variance, 10.5, 6 * 10.5 * std::sqrt(2.0 / kCount));
  EXPECT_NEAR(m.kurtosis, 3 - 1 / 21.0, 6 * std::sqrt(24.0 / kCount));
  for (const int v : values) ASSERT_LE(std::abs(v), 21);
}

TEST(SampleTernary, GivesEachValueAThirdOfTheTime) {
  SeededRng rng(12);
  std::vector<std::int8_t> values(kCount);
  sample_ternary(values, rng);
  std::array<double, 3> counts{};
  for (const int v : values) {
    ASSERT_LE(std::abs(v), 1);
    counts[static_cast<std::size_t>(v + 1)] += 1;
  }
  for (const double count : counts) {
    EXPECT_NEAR(count, kCount / 3.0, 6 * std::sqrt(kCount * 2.0 / 9));
  }
}

TEST(SampleUniform, StaysBelowThePrimeAndFillsTheWholeRange) {
  SeededRng rng(13);
  const math::Modulus q = math::ntt_primes(10, 1, 1U << 20).value()[0];
  std::vector<std::uint32_t> values(kCount);
  sample_uniform(values, q, rng);
  std::array<double, 16> counts{};
  for (const std::uint32_t v : values) {
    ASSERT_LT(v, q.value());
    counts[std::size_t{v} * 16 / q.value()] += 1;
  }
  double chi_square = 0;
  for (const double c : counts) chi_square += std::pow(c - kCount / 16.0, 2) / (kCount / 16.0);
  EXPECT_LT(chi_square, 60);  // 15 degrees of freedom: probability of more, 2e-7
}

TEST(SampleUniform, DoesNotDependOnHowTheRequestIsCut) {
  const math::Modulus q = math::ntt_primes(10, 1).value()[0];
  SeededRng whole_rng(14), parts_rng(14);
  std::vector<std::uint32_t> whole(2000), parts(2000);
  sample_uniform(whole, q, whole_rng);
  for (std::size_t i = 0; i < parts.size(); i += 125) {
    sample_uniform(std::span(parts).subspan(i, 125), q, parts_rng);
  }
  EXPECT_EQ(whole, parts);
}

TEST(SampleError, DiffersFromSeedToSeed) {
  SeededRng a(1), b(2);
  std::vector<std::int8_t> x(64), y(64);
  sample_error(x, a);
  sample_error(y, b);
  EXPECT_NE(x, y);
}

TEST(ReduceSmall, MapsNegativesToTheTopOfTheRange) {
  const math::Modulus q = math::ntt_primes(10, 1).value()[0];
  const std::vector<std::int8_t> values = {0, 1, -1, 21, -21, 127, -128};
  std::vector<std::uint32_t> out(values.size());
  reduce_small(out, values, q);
  const std::uint32_t p = q.value();
  EXPECT_EQ(out, (std::vector<std::uint32_t>{0, 1, p - 1, 21, p - 21, 127, p - 128}));
}

}  // namespace
}  // namespace veilray::ring
