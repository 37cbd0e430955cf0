#include "math/ntt.h"

#include <gtest/gtest.h>

#include "math/test_support.h"

namespace veilray::math {
namespace {

using testing::multiply_mod;
using testing::power_mod;
using testing::Random;
using testing::Residues;

constexpr std::uint64_t kNttSeed = 314159;

/// For each size the largest prime and the smallest: ranges differ most between them.
std::vector<NttTables> tables_for(std::uint32_t log_n) {
  const Residue step = Residue{2} << log_n;
  Residue smallest = step + 1;
  while (!is_prime(smallest)) smallest += step;
  return {NttTables(ntt_primes(log_n, 1).value()[0], log_n), NttTables(Modulus(smallest), log_n)};
}

/// a(x) by Horner's rule.
std::uint64_t evaluate(const Residues& a, std::uint64_t x, std::uint64_t q) {
  std::uint64_t sum = 0;
  for (std::size_t k = a.size(); k-- > 0;) sum = (multiply_mod(sum, x, q) + a[k]) % q;
  return sum;
}

/// a * b modulo x^n + 1.
Residues negacyclic_product(const Residues& a, const Residues& b, std::uint64_t q) {
  const std::size_t n = a.size();
  Residues out(n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      const std::uint64_t product = multiply_mod(a[i], b[j], q);
      const std::uint64_t term = i + j < n ? product : q - product;
      Residue& target = out[(i + j) % n];
      target = static_cast<Residue>((target + term) % q);
    }
  }
  return out;
}

class Ntt : public testing::PerKernelTable {
 protected:
  void forward(Residues& values, const NttTables& tables) const {
    table().ntt_forward(values.data(), tables.view());
  }
  void inverse(Residues& values, const NttTables& tables) const {
    table().ntt_inverse(values.data(), values.data(), tables.view());
  }
};

TEST_P(Ntt, ForwardEvaluatesAtOddPowersOfPsiInBitReversedOrder) {
  SCOPED_TRACE(kNttSeed);
  Random random(kNttSeed);
  for (std::uint32_t log_n = kMinLogN; log_n <= kMaxLogN; ++log_n) {
    for (const NttTables& tables : tables_for(log_n)) {
      const std::uint64_t q = tables.modulus().value();
      const Residues a = random.edgy(tables.n(), q);
      Residues transformed = a;
      forward(transformed, tables);
      for (int sample = 0; sample < 24; ++sample) {
        // Every position at toy sizes, the first and last blocks and random ones at others.
        auto i = static_cast<std::uint32_t>(random.below(tables.n()));
        if (sample < 16)
          i = static_cast<std::uint32_t>((sample < 8 ? sample : -sample) &
                                         (static_cast<int>(tables.n()) - 1));
        const std::uint64_t point = power_mod(tables.psi(), 2 * bit_reverse(i, log_n) + 1, q);
        ASSERT_EQ(transformed[i], evaluate(a, point, q)) << "n 2^" << log_n << ", position " << i;
      }
    }
  }
}

TEST_P(Ntt, InverseUndoesForwardAtEverySize) {
  SCOPED_TRACE(kNttSeed);
  Random random(kNttSeed);
  for (std::uint32_t log_n = kMinLogN; log_n <= kMaxLogN; ++log_n) {
    for (const NttTables& tables : tables_for(log_n)) {
      const Residue q = tables.modulus().value();
      for (const Residues& a : {random.edgy(tables.n(), q), Residues(tables.n(), q - 1)}) {
        Residues values = a;
        forward(values, tables);
        inverse(values, tables);
        ASSERT_EQ(values, a) << "n 2^" << log_n;
        inverse(values, tables);
        forward(values, tables);
        ASSERT_EQ(values, a) << "n 2^" << log_n;
      }
    }
  }
}

TEST_P(Ntt, PointwiseProductIsNegacyclicConvolution) {
  SCOPED_TRACE(kNttSeed);
  Random random(kNttSeed);
  for (const std::uint32_t log_n : {4u, 5u, 7u, 8u, 9u, 10u}) {
    for (const NttTables& tables : tables_for(log_n)) {
      const Modulus& q = tables.modulus();
      Residues a = random.residues(tables.n(), q.value());
      Residues b = random.residues(tables.n(), q.value());
      const Residues want = negacyclic_product(a, b, q.value());
      forward(a, tables);
      forward(b, tables);
      table().multiply(a.data(), a.data(), b.data(), tables.n(), q);
      inverse(a, tables);
      ASSERT_EQ(a, want) << "n 2^" << log_n;
    }
  }
}

TEST_P(Ntt, XToTheNIsMinusOne) {
  for (const std::uint32_t log_n : {4u, 8u, 11u}) {
    for (const NttTables& tables : tables_for(log_n)) {
      const Modulus& q = tables.modulus();
      Residues last(tables.n(), 0), x(tables.n(), 0);
      last[tables.n() - 1] = 1;
      x[1] = 1;
      forward(last, tables);
      forward(x, tables);
      table().multiply(x.data(), x.data(), last.data(), tables.n(), q);
      inverse(x, tables);
      Residues minus_one(tables.n(), 0);
      minus_one[0] = q.value() - 1;
      EXPECT_EQ(x, minus_one);
    }
  }
}

TEST_P(Ntt, ForwardAcceptsLazyInputsBelowFourTimesTheModulus) {
  SCOPED_TRACE(kNttSeed);
  Random random(kNttSeed);
  for (std::uint32_t log_n = kMinLogN; log_n <= 14; ++log_n) {
    for (const NttTables& tables : tables_for(log_n)) {
      const Residue q = tables.modulus().value();
      for (Residues lazy :
           {random.edgy(tables.n(), std::uint64_t{4} * q), Residues(tables.n(), 4 * q - 1)}) {
        Residues reduced = lazy;
        for (Residue& value : reduced) value %= q;
        forward(lazy, tables);
        forward(reduced, tables);
        ASSERT_EQ(lazy, reduced) << "n 2^" << log_n;
        for (const Residue value : lazy) ASSERT_LT(value, q);
      }
    }
  }
}

TEST_P(Ntt, GivesTheBitsOfTheScalarKernels) {
  SCOPED_TRACE(kNttSeed);
  Random random(kNttSeed);
  const KernelTable& scalar = *available_kernels().front();
  for (std::uint32_t log_n = kMinLogN; log_n <= kMaxLogN; ++log_n) {
    for (const NttTables& tables : tables_for(log_n)) {
      const Residues a = random.edgy(tables.n(), tables.modulus().value());
      Residues got = a, want = a;
      forward(got, tables);
      scalar.ntt_forward(want.data(), tables.view());
      ASSERT_EQ(got, want) << "forward, n 2^" << log_n;
      got = want = a;
      inverse(got, tables);
      scalar.ntt_inverse(want.data(), want.data(), tables.view());
      ASSERT_EQ(got, want) << "inverse, n 2^" << log_n;
    }
  }
}

TEST_P(Ntt, InverseMultipliesByAFactorOnItsWayFromOneArrayToAnother) {
  SCOPED_TRACE(kNttSeed);
  Random random(kNttSeed);
  for (std::uint32_t log_n = kMinLogN; log_n <= kMaxLogN; ++log_n) {
    for (const NttTables& tables : tables_for(log_n)) {
      const Modulus& q = tables.modulus();
      const Residues a = random.edgy(tables.n(), q.value());
      for (const Residue factor :
           {Residue{0}, Residue{1}, static_cast<Residue>(random.below(q.value()))}) {
        NttView view = tables.view();
        view.last_factor = tables.inverse_factor(factor);
        Residues got(tables.n()), want = a;
        table().ntt_inverse(got.data(), a.data(), view);
        inverse(want, tables);
        for (Residue& x : want) x = q.mul(x, factor);
        ASSERT_EQ(got, want) << "n 2^" << log_n << ", factor " << factor;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Ntt, ::testing::ValuesIn(available_kernels()),
                         testing::table_name);

TEST(NttTables, RefuseAPrimeThatDoesNotSplitOrASizeOutOfRange) {
  EXPECT_THROW(NttTables(Modulus(97), 5), Error);
  EXPECT_THROW(NttTables(Modulus(97), 3), Error);
  EXPECT_THROW(NttTables(Modulus(1073479681), 17), Error);
}

TEST(NttTables, SurviveAMove) {
  const Modulus q = ntt_primes(8, 1).value()[0];
  NttTables first(q, 8);
  const NttTables second = std::move(first);
  Residues values(256, 0), want(256, 1);
  values[0] = 1;
  ntt_forward(values, second);
  EXPECT_EQ(values, want);
}

TEST(NttForwardAndInverse, FailIfTheSizeIsNotThatOfTheTables) {
  const NttTables tables(ntt_primes(5, 1).value()[0], 5);
  Residues values(16, 0);
  EXPECT_THROW(ntt_forward(values, tables), Error);
  EXPECT_THROW(ntt_inverse(values, tables), Error);
  Residues whole(32, 0);
  const InverseFactor factor = tables.inverse_factor(1);
  EXPECT_THROW(ntt_inverse(whole, values, factor, tables), Error);
  EXPECT_THROW(ntt_inverse(values, whole, factor, tables), Error);
}

}  // namespace
}  // namespace veilray::math
