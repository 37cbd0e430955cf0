#include "math/special_fft.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "math/test_support.h"

namespace veilray::math {
namespace {

using Complex = std::complex<double>;
using Wide = std::complex<long double>;
using testing::Random;

constexpr std::uint64_t kFftSeed = 161803;

std::vector<Complex> random_values(std::size_t count, Random& random) {
  const auto coordinate = [&] {
    return static_cast<double>(random.next()) / 9223372036854775808.0 - 1.0;
  };
  std::vector<Complex> values(count);
  for (Complex& value : values) value = {coordinate(), coordinate()};
  return values;
}

/// z[k] = m(zeta^(5^k)), summed over the real coefficients of m, as the definition says.
std::vector<Wide> slots_by_definition(const std::vector<Complex>& packed) {
  const std::size_t slots = packed.size(), n = 2 * slots;
  std::vector<Wide> roots(2 * n);
  for (std::size_t k = 0; k < 2 * n; ++k) {
    roots[k] = std::polar(1.0L, std::numbers::pi_v<long double> * static_cast<long double>(k) /
                                    static_cast<long double>(n));
  }
  std::vector<Wide> values(slots);
  std::size_t power = 1;
  for (Wide& value : values) {
    for (std::size_t j = 0; j < slots; ++j) {
      value += static_cast<long double>(packed[j].real()) * roots[power * j % (2 * n)];
      value += static_cast<long double>(packed[j].imag()) * roots[power * (j + slots) % (2 * n)];
    }
    power = power * 5 % (2 * n);
  }
  return values;
}

double root_mean_square(const std::vector<Complex>& values) {
  double sum = 0;
  for (const Complex& value : values) sum += std::norm(value);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

double largest_difference(const std::vector<Complex>& a, const std::vector<Complex>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

TEST(SpecialFft, ForwardEvaluatesAtPowersOfFive) {
  SCOPED_TRACE(kFftSeed);
  Random random(kFftSeed);
  for (std::uint32_t log_n = 4; log_n <= 11; ++log_n) {
    const SpecialFft fft(log_n);
    const auto packed = random_values(fft.slots(), random);
    auto got = packed;
    fft.forward(got);
    const auto want = slots_by_definition(packed);
    const double bound = std::ldexp(root_mean_square(got), -48);
    for (std::size_t k = 0; k < got.size(); ++k) {
      ASSERT_LT(std::abs(Wide(got[k]) - want[k]), bound) << "n 2^" << log_n << ", slot " << k;
    }
  }
}

TEST(SpecialFft, InverseUndoesForwardToFortyEightBits) {
  SCOPED_TRACE(kFftSeed);
  Random random(kFftSeed);
  for (std::uint32_t log_n = 4; log_n <= 16; ++log_n) {
    const SpecialFft fft(log_n);
    const auto start = random_values(fft.slots(), random);
    auto values = start;
    fft.forward(values);
    fft.inverse(values);
    EXPECT_LT(largest_difference(values, start), std::ldexp(1.0, -48)) << "n 2^" << log_n;
    fft.inverse(values);
    fft.forward(values);
    EXPECT_LT(largest_difference(values, start), std::ldexp(1.0, -48)) << "n 2^" << log_n;
  }
}

TEST(SpecialFft, AConstantFillsEverySlot) {
  const SpecialFft fft(9);
  std::vector<Complex> values(fft.slots(), Complex{0, 0});
  values[0] = {2.5, 0};
  fft.forward(values);
  for (const Complex& value : values) EXPECT_EQ(value, Complex(2.5, 0));
}

TEST(SpecialFft, RotatingSlotsIsTheAutomorphismFiveToTheStep) {
  SCOPED_TRACE(kFftSeed);
  Random random(kFftSeed);
  const std::uint32_t log_n = 7;
  const SpecialFft fft(log_n);
  const std::size_t n = std::size_t{1} << log_n, slots = fft.slots(), step = 3;
  auto packed = random_values(slots, random);
  std::vector<Complex> moved(slots);
  for (std::size_t i = 0; i < n; ++i) {
    const double coefficient = i < slots ? packed[i].real() : packed[i - slots].imag();
    const std::size_t target = i * 125 % (2 * n), position = target % n;
    const double value = target < n ? coefficient : -coefficient;
    Complex& pair = moved[position % slots];
    pair = position < slots ? Complex{value, pair.imag()} : Complex{pair.real(), value};
  }
  fft.forward(packed);
  fft.forward(moved);
  std::rotate(packed.begin(), packed.begin() + step, packed.end());
  EXPECT_LT(largest_difference(moved, packed), 1e-12);
}

TEST(SpecialFft, FailsIfTheSizeIsWrong) {
  EXPECT_THROW(SpecialFft(3), Error);
  EXPECT_THROW(SpecialFft(17), Error);
  const SpecialFft fft(5);
  std::vector<Complex> values(32);
  EXPECT_THROW(fft.forward(values), Error);
  EXPECT_THROW(fft.inverse(values), Error);
}

}  // namespace
}  // namespace veilray::math
