// Every operation at every level, compared with integers of any size: what a ciphertext decrypts to
// is taken as an exact polynomial, so that all but key switching and rounding must match exactly.
#include "ckks/evaluator.h"

#include <gtest/gtest.h>

#include "ckks/secret/toy_client.h"
#include "ring/big_integer_testing.h"
#include "ring/transform.h"

namespace veilray::ckks {
namespace {

using ring::testing::Integers;
using testing::kToy;
using testing::kToyScale;
using testing::ToyClient;

/// Deviations in standard deviations that no coefficient of these tests reaches (2^-39 each).
constexpr double kSigmas = 7;

Integers integers(const Params& params, const Plaintext& plaintext) {
  return ring::testing::coefficients(params.basis(),
                                     ring::to_coefficients(params.basis(), plaintext.poly()));
}

class AtEveryLevel : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  Integers message(const Ciphertext& ct) const {
    return integers(client_.params, client_.decryptor.decrypt(ct));
  }
  Ciphertext fresh() { return client_.encrypt(client_.random_values(), level_); }
  Plaintext random_plaintext() {
    return client_.encoder.encode(client_.random_values(), level_, kToyScale);
  }
  mpz_class modulus() const {
    return ring::testing::product(client_.params.basis(), client_.params.shape(level_));
  }
  /// got = want modulo Q_level.
  void expect_exactly(const Ciphertext& got, const Integers& want) const {
    const auto x = message(got);
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(x[i], ring::testing::centred(want[i], modulus())) << "coefficient " << i;
    }
  }
  /// got = want + noise of that variance.
  void expect_within(const Ciphertext& got, const Integers& want, double variance) const {
    const auto x = message(got);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const mpz_class noise = ring::testing::centred(x[i] - want[i], modulus());
      ASSERT_LE(std::abs(noise.get_d()), kSigmas * std::sqrt(variance)) << "coefficient " << i;
    }
  }
  template <class Operation>
  static Integers each(const Integers& a, const Integers& b, Operation operation) {
    Integers out(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) out[i] = operation(a[i], b[i]);
    return out;
  }

  ToyClient client_{kToy, GetParam() + 1};
  const Level level_{GetParam()};
  const Evaluator& ev_ = client_.evaluator;
  Workspace& ws_ = client_.workspace;
};
INSTANTIATE_TEST_SUITE_P(Levels, AtEveryLevel, ::testing::Range(0U, kToy.chain_primes));

TEST_P(AtEveryLevel, CopiesInTheMemoryThatAWorkspaceHas) {
  const auto x = fresh();
  const auto square = ev_.multiply(x, x, ws_);
  for (const Ciphertext* ct : {&x, &square}) {
    auto used = copy(*ct, ws_);
    const auto* memory = used.part(0).limb(0).data();
    std::move(used).recycle(ws_);
    const auto again = copy(*ct, ws_);
    EXPECT_TRUE(testing::same_bits(again, *ct));
    bool same = false;
    for (std::size_t part = 0; part < again.parts(); ++part)
      same = same || again.part(part).limb(0).data() == memory;
    EXPECT_TRUE(same) << "degree " << ct->degree();
  }
}

TEST_P(AtEveryLevel, AddSubNegateAreThoseOfTheIntegers) {
  const auto a = fresh(), b = fresh();
  const auto x = message(a), y = message(b);
  expect_exactly(ev_.add(a, b), each(x, y, [](auto& p, auto& q) { return mpz_class(p + q); }));
  expect_exactly(ev_.sub(a, b), each(x, y, [](auto& p, auto& q) { return mpz_class(p - q); }));
  expect_exactly(ev_.negate(a), each(x, x, [](auto& p, auto&) { return mpz_class(-p); }));
}

TEST_P(AtEveryLevel, AddPlainAddsThePlaintextsIntegers) {
  const auto ct = fresh();
  const auto sum = [](auto& p, auto& q) { return mpz_class(p + q); };
  const auto plain = random_plaintext();
  expect_exactly(ev_.add_plain(ct, plain), each(message(ct), integers(client_.params, plain), sum));

  const std::vector<double> period = {0.5, -0.25, 0.125, 1};
  const auto periodic = client_.encoder.encode_periodic(period, level_, kToyScale);
  ASSERT_GT(periodic.run(), 1U);
  const auto x = client_.encoder.decode_real(client_.decryptor.decrypt(ct));
  auto got = client_.encoder.decode_real(client_.decryptor.decrypt(ev_.add_plain(ct, periodic)));
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(got[i], x[i] + period[i % 4], 1e-6);
}

TEST_P(AtEveryLevel, AddConstantAddsTheRoundedScaledConstant) {
  const auto ct = fresh();
  for (const double value : {0.25, -0.3}) {
    auto want = message(ct);
    want[0] += mpz_class(std::nearbyint(value * kToyScale.value));
    expect_exactly(ev_.add_constant(ct, value), want);
  }
}

TEST_P(AtEveryLevel, MultiplyPlainIsTheRingProduct) {
  const auto ct = fresh();
  const auto plain = random_plaintext();
  const auto product = ev_.multiply_plain(ct, plain);
  EXPECT_EQ(product.scale().value, kToyScale.value * kToyScale.value);
  expect_exactly(product,
                 ring::testing::negacyclic_product(message(ct), integers(client_.params, plain)));
}

TEST_P(AtEveryLevel, MultiplyIntegerMultipliesAndKeepsTheScale) {
  const auto ct = fresh();
  for (const std::int64_t factor : {std::int64_t{3}, std::int64_t{-1} << 59, std::int64_t{0}}) {
    const auto product = ev_.multiply_integer(ct, factor);
    EXPECT_EQ(product.scale().value, ct.scale().value);
    const mpz_class wide(static_cast<long>(factor));
    expect_exactly(product, each(message(ct), message(ct),
                                 [&](auto& p, auto&) { return mpz_class(p * wide); }));
  }
}

TEST_P(AtEveryLevel, MultiplyConstantMultipliesByTheRoundedScaledConstant) {
  const auto ct = fresh();
  const auto product = ev_.multiply_constant(ct, -0.7, Scale{0x1p20});
  EXPECT_EQ(product.scale().value, 0x1p50);
  const mpz_class factor(std::nearbyint(-0.7 * 0x1p20));
  expect_exactly(product, each(message(ct), message(ct),
                               [&](auto& p, auto&) { return mpz_class(p * factor); }));
}

TEST_P(AtEveryLevel, MultiplyByIIsXToTheHalfN) {
  const auto ct = fresh();
  Integers monomial(client_.params.n());
  monomial[client_.params.n() / 2] = 1;
  expect_exactly(ev_.multiply_by_i(ct), ring::testing::negacyclic_product(message(ct), monomial));
  const auto slots = client_.encoder.decode(client_.decryptor.decrypt(ct));
  const auto turned = client_.encoder.decode(client_.decryptor.decrypt(ev_.multiply_by_i(ct)));
  for (std::size_t i = 0; i < slots.size(); ++i) {
    ASSERT_LT(std::abs(turned[i] - slots[i] * std::complex<double>(0, 1)), 1e-9);
  }
}

TEST_P(AtEveryLevel, MultiplyIsTheRingProductAndRelinearizeKeepsIt) {
  const auto a = fresh(), b = fresh();
  const auto product = ev_.multiply(a, b, ws_);
  EXPECT_EQ(product.degree(), 2U);
  EXPECT_EQ(product.scale().value, a.scale().value * b.scale().value);
  const auto want = ring::testing::negacyclic_product(message(a), message(b));
  expect_exactly(product, want);

  const auto key = client_.generator.relinearization_key(client_.params.max_level());
  const auto linear = ev_.relinearize(product, key, ws_);
  EXPECT_EQ(linear.degree(), 1U);
  expect_within(linear, want, client_.key_switch_variance(level_));
}

TEST_P(AtEveryLevel, SumOfProductsIsOneDegreeTwoCiphertext) {
  const auto a = fresh(), b = fresh(), c = fresh();
  const Ciphertext* const left[] = {&a, &b, &c};
  const Ciphertext* const right[] = {&a, &c, &b};
  const auto sum = ev_.multiply(left, right, ws_);
  const auto square = ring::testing::negacyclic_product(message(a), message(a));
  const auto cross = ring::testing::negacyclic_product(message(b), message(c));
  expect_exactly(sum, each(square, cross, [](auto& p, auto& q) { return mpz_class(p + 2 * q); }));
}

TEST_P(AtEveryLevel, RotateIsTheAutomorphismFiveToTheStep) {
  const std::vector<RotationStep> steps = {{1}, {-3}, {17}};
  const auto keys = client_.keys_for(steps, client_.params.max_level());
  const auto ct = fresh();
  for (const RotationStep step : steps) {
    const auto g = to_galois_element(step, client_.params.n()).value;
    expect_within(ev_.rotate(ct, step, keys, ws_), ring::testing::automorphism(message(ct), g),
                  client_.key_switch_variance(level_));
  }
}

TEST_P(AtEveryLevel, ConjugateIsTheAutomorphismMinusOne) {
  const auto element = conjugation_element(client_.params.n());
  GaloisKeys keys;
  keys.add(element, client_.generator.galois_key(element, level_));
  const auto ct = fresh();
  expect_within(ev_.conjugate(ct, keys, ws_),
                ring::testing::automorphism(message(ct), element.value),
                client_.key_switch_variance(level_));
}

TEST_P(AtEveryLevel, RescaleDividesByThePrimeAndRounds) {
  if (level_.value == 0) {
    EXPECT_THROW(ev_.rescale(fresh(), ws_), Error);
    return;
  }
  const auto product = ev_.multiply_plain(fresh(), random_plaintext());
  const auto rescaled = ev_.rescale(product, ws_);
  EXPECT_EQ(rescaled.level().value, level_.value - 1);
  const std::uint32_t q = client_.params.prime(level_);
  EXPECT_EQ(rescaled.scale().value, product.scale().value / q);
  const auto x = message(product), y = message(rescaled);
  const double bound = kSigmas * std::sqrt(client_.rounding_variance());
  for (std::size_t i = 0; i < x.size(); ++i) {
    // Exact: q y - x is q times the rounding.
    const mpz_class error = y[i] * q - x[i];
    ASSERT_LE(std::abs(error.get_d()) / q, bound) << "coefficient " << i;
  }
}

TEST_P(AtEveryLevel, RescaleAlsoTakesDegreeTwo) {
  if (level_.value == 0) return;
  const auto a = fresh();
  const auto product = ev_.multiply(a, a, ws_);
  const auto rescaled = ev_.rescale(product, ws_);
  EXPECT_EQ(rescaled.degree(), 2U);
  const auto x = message(product), y = message(rescaled);
  const std::uint32_t q = client_.params.prime(level_);
  // The third part is rounded too, and multiplied by s^2, whose coefficients have variance 4n/9.
  const double n = client_.params.n();
  const double bound = kSigmas * std::sqrt(client_.rounding_variance() + n * n * 4 / 9 / 12);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const mpz_class error = y[i] * q - x[i];
    ASSERT_LE(std::abs(error.get_d()) / q, bound);
  }
}

TEST_P(AtEveryLevel, DropToLevelKeepsTheMessageAndTheScale) {
  const auto ct = fresh();
  for (std::uint32_t to = 0; to <= level_.value; ++to) {
    const auto dropped = ev_.drop_to_level(ct, {to});
    EXPECT_EQ(dropped.level().value, to);
    EXPECT_EQ(dropped.scale().value, ct.scale().value);
    const auto q = ring::testing::product(client_.params.basis(), client_.params.shape({to}));
    const auto x = message(ct), y = message(dropped);
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(y[i], ring::testing::centred(x[i], q));
    }
  }
}

}  // namespace
}  // namespace veilray::ckks
