#include "ckks/compact.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ckks/secret/toy_client.h"
#include "ckks/wire.h"
#include "ring/big_integer_testing.h"
#include "ring/transform.h"

namespace veilray::ckks {
namespace {

using ring::testing::Integers;
using testing::kToyScale;

class Compact : public ::testing::Test {
 protected:
  /// Random slots that repeat.
  std::vector<double> periodic(std::uint32_t period) {
    auto values = client_.random_values();
    for (std::size_t i = period; i < values.size(); ++i) values[i] = values[i - period];
    return values;
  }
  Integers integers(const ring::NttPoly& poly) const {
    const auto& basis = client_.params.basis();
    return ring::testing::coefficients(basis, ring::to_coefficients(basis, poly));
  }

  testing::ToyClient client_;
  /// Deviation of what the rounding adds to a slot, in units of the scaled message.
  double deviation(std::uint32_t period) const {
    return std::sqrt(client_.rounding_variance() * compact_coefficients(period) / 2);
  }
};

TEST_F(Compact, RoundsEachCoefficientToOneWordAsBigIntegersDo) {
  const mpz_class target = mpz_class(1) << kCompactBits;
  for (const std::uint32_t level : {0U, 1U, 3U}) {
    const auto ct = client_.encrypt(periodic(16), Level{level});
    const auto small = compact(client_.params, ct, 16);
    const mpz_class q = ring::testing::product(client_.params.basis(), ct.part(0).shape());
    const auto rounded = [&](const mpz_class& x) {
      const mpz_class nearest = ring::testing::round_quotient(x * target, q);
      return static_cast<std::uint32_t>(mpz_fdiv_ui(nearest.get_mpz_t(), 1UL << kCompactBits));
    };
    const auto c0 = integers(ct.part(0)), c1 = integers(ct.part(1));
    ASSERT_EQ(small.c0.size(), 32U);
    ASSERT_EQ(small.c1.size(), c1.size());
    for (std::size_t i = 0; i < c1.size(); ++i) ASSERT_EQ(small.c1[i], rounded(c1[i])) << i;
    for (std::size_t k = 0; k < 32; ++k) ASSERT_EQ(small.c0[k], rounded(c0[k * 32])) << k;
  }
}

TEST_F(Compact, DecryptsToTheSameSlotsAtEveryLevelAndPeriod) {
  for (const std::uint32_t period : {1U, 4U, 8U, 16U, 32U})
    for (std::uint32_t level = 1; level <= client_.params.max_level().value; ++level) {
      const auto values = periodic(period);
      // All but seven bits of the modulus for the message.
      const Scale scale{std::exp2(client_.params.log_q(Level{level}) - 7)};
      const auto ct =
          client_.encryptor.encrypt(client_.encoder.encode(values, Level{level}, scale));
      const auto small = compact(client_.params, ct, period);
      EXPECT_NEAR(std::log2(small.scale.value), kCompactBits - 7, 1e-9);
      const auto got = client_.encoder.decode_real(client_.decryptor.decrypt(small));
      // Eight deviations: of 32 slots, once in 10^13.
      EXPECT_LT(testing::largest_difference(got, values), 8 * deviation(period) / small.scale.value)
          << "period " << period << ", level " << level;
    }
}

TEST_F(Compact, NoiseIsThatOfTheRounding) {
  constexpr int kRuns = 50;
  constexpr std::uint32_t kPeriod = 32;
  const Scale scale{std::exp2(client_.params.log_q(Level{1}) - 7)};
  double squares = 0, compact_value = 0;
  for (int run = 0; run < kRuns; ++run) {
    const auto values = periodic(kPeriod);
    const auto ct = client_.encryptor.encrypt(client_.encoder.encode(values, Level{1}, scale));
    const auto small = compact(client_.params, ct, kPeriod);
    compact_value = small.scale.value;
    const auto got = client_.encoder.decode_real(client_.decryptor.decrypt(small));
    for (std::size_t i = 0; i < kPeriod; ++i) squares += std::pow(got[i] - values[i], 2);
  }
  const double measured = compact_value * std::sqrt(squares / (kRuns * kPeriod));
  EXPECT_NEAR(measured / deviation(kPeriod), 1, 0.1);
}

TEST_F(Compact, FailsForAnotherDegreeOrAnImpossiblePeriod) {
  const auto ct = client_.encrypt(periodic(16), Level{1});
  const auto product = client_.evaluator.multiply(ct, ct, client_.workspace);
  EXPECT_THROW((void)compact(client_.params, product, 16), Error);
  for (const std::uint32_t period : {0U, 3U, 24U, 64U, 512U})
    EXPECT_THROW((void)compact(client_.params, ct, period), Error) << period;
}

TEST_F(Compact, FailsToDecryptWhatIsOfAnotherRing) {
  auto small = compact(client_.params, client_.encrypt(periodic(16), Level{1}), 16);
  auto other = small;
  other.c1.resize(512);
  EXPECT_THROW((void)client_.decryptor.decrypt(other), Error);
  small.c0.clear();
  EXPECT_THROW((void)client_.decryptor.decrypt(small), Error);
}

}  // namespace
}  // namespace veilray::ckks
