// Every kernel of every table against one-line references that divide, on random and extreme
// inputs, moduli and lengths. Equal to the reference means equal to each other, bit for bit.
#include <gtest/gtest.h>

#include <functional>

#include "math/test_support.h"

namespace veilray::math {
namespace {

using testing::multiply_mod;
using testing::Random;
using testing::Residues;

constexpr std::uint64_t kKernelsSeed = 141421;
constexpr Residue kCanary = 0xdeadbeef;

struct Case {
  std::uint64_t p;
  Modulus q;
  std::size_t n;
  Random& random;

  Residues residues() const { return random.edgy(n, p); }
  Residues words(std::uint64_t bound) const { return random.edgy(n, bound); }
  Residues worst(std::uint64_t bound) const { return Residues(n, static_cast<Residue>(bound - 1)); }
};

/// Runs `check` over moduli (largest prime, just above 2^29, small ones) and lengths.
void for_each_case(const std::function<void(const Case&)>& check) {
  SCOPED_TRACE("seed " + std::to_string(kKernelsSeed));
  Random random(kKernelsSeed);
  for (const Residue p : {1073741789u, 1073479681u, 536870923u, 65537u, 97u, 3u}) {
    for (const std::size_t n : {16u, 32u, 48u, 512u}) {
      SCOPED_TRACE("q " + std::to_string(p) + ", n " + std::to_string(n));
      check({p, Modulus(p), n, random});
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

/// An output with a canary behind it.
struct Output {
  explicit Output(std::size_t n) : values(n + 16, kCanary) {}
  Residue* data() { return values.data(); }

  void expect(const std::function<std::uint64_t(std::size_t)>& want) const {
    const std::size_t n = values.size() - 16;
    for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(values[i], want(i)) << "at " << i;
    for (std::size_t i = n; i < values.size(); ++i) ASSERT_EQ(values[i], kCanary) << "overrun";
  }
  Residues values;
};

/// K arrays and the list of their addresses, as the kernels take them.
struct Arrays {
  Arrays(std::size_t count, const std::function<Residues()>& make) {
    for (std::size_t k = 0; k < count; ++k) arrays.push_back(make());
    for (const Residues& array : arrays) addresses.push_back(array.data());
  }
  std::vector<Residues> arrays;
  std::vector<const Residue*> addresses;
};

std::uint64_t sum_of_products(const Arrays& a, const Arrays& b, std::size_t i, std::uint64_t p) {
  std::uint64_t sum = 0;
  for (std::size_t k = 0; k < a.arrays.size(); ++k) {
    sum = (sum + multiply_mod(a.arrays[k][i], b.arrays[k][i], p)) % p;
  }
  return sum;
}

// Around the unrolled counts, the sixteen products that fit a word, and the folds after 12 more.
constexpr std::size_t kTermCounts[] = {0, 1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 28, 29, 40, 41, 65};

using Kernels = testing::PerKernelTable;

TEST_P(Kernels, AddSubtractNegateMultiplyModuloTheirPrime) {
  for_each_case([&](const Case& c) {
    const Residues a = c.residues(), b = c.residues();
    Output sum(c.n), difference(c.n), negated(c.n), product(c.n);
    table().add(sum.data(), a.data(), b.data(), c.n, c.q);
    table().subtract(difference.data(), a.data(), b.data(), c.n, c.q);
    table().negate(negated.data(), a.data(), c.n, c.q);
    table().multiply(product.data(), a.data(), b.data(), c.n, c.q);
    sum.expect([&](std::size_t i) { return (std::uint64_t{a[i]} + b[i]) % c.p; });
    difference.expect([&](std::size_t i) { return (a[i] + c.p - b[i]) % c.p; });
    negated.expect([&](std::size_t i) { return (c.p - a[i]) % c.p; });
    product.expect([&](std::size_t i) { return multiply_mod(a[i], b[i], c.p); });
  });
}

TEST_P(Kernels, AllowTheOutputToBeAnInput) {
  for_each_case([&](const Case& c) {
    const Residues a = c.residues(), b = c.residues();
    Residues out = a;
    table().multiply(out.data(), out.data(), b.data(), c.n, c.q);
    for (std::size_t i = 0; i < c.n; ++i) ASSERT_EQ(out[i], multiply_mod(a[i], b[i], c.p));
    out = b;
    table().subtract(out.data(), a.data(), out.data(), c.n, c.q);
    for (std::size_t i = 0; i < c.n; ++i) ASSERT_EQ(out[i], (a[i] + c.p - b[i]) % c.p);
  });
}

TEST_P(Kernels, MultiplyScalarTakesAnyWord) {
  for_each_case([&](const Case& c) {
    for (const Residues& a : {c.words(std::uint64_t{1} << 32), c.worst(std::uint64_t{1} << 32)}) {
      const Residues b = c.residues();
      const auto w = static_cast<Residue>(c.random.below(c.p));
      Output product(c.n), sum(c.n);
      table().multiply_scalar(product.data(), a.data(), c.q.shoup(w), c.n, c.q);
      table().multiply_scalar_add(sum.data(), a.data(), c.q.shoup(w), b.data(), c.n, c.q);
      product.expect([&](std::size_t i) { return multiply_mod(a[i], w, c.p); });
      sum.expect([&](std::size_t i) { return (multiply_mod(a[i], w, c.p) + b[i]) % c.p; });
    }
  });
}

TEST_P(Kernels, SubtractMultiplyTakesResiduesOfAnotherPrime) {
  for_each_case([&](const Case& c) {
    const Residues x = c.residues(), b = c.residues();
    for (const Residues& y : {c.words(kResidueBound), c.worst(kResidueBound)}) {
      const std::uint64_t w = c.p - 1 - c.random.below(c.p) % 2;
      const auto want = [&](std::size_t i) {
        return multiply_mod(x[i] + std::uint64_t{kResidueBound} * c.p - y[i], w, c.p);
      };
      const ShoupFactor factor = c.q.shoup(static_cast<Residue>(w));
      Output plain(c.n), added(c.n);
      table().subtract_multiply(plain.data(), x.data(), y.data(), factor, c.n, c.q);
      table().subtract_multiply_add(added.data(), x.data(), y.data(), factor, b.data(), c.n, c.q);
      plain.expect(want);
      added.expect([&](std::size_t i) { return (want(i) + b[i]) % c.p; });
    }
  });
}

TEST_P(Kernels, ReduceAddsTheOffsetAndTakesWordsBelowTwoToTheThirtyOne) {
  for_each_case([&](const Case& c) {
    constexpr std::uint64_t kBound = std::uint64_t{1} << 31;
    for (const Residues& in : {c.words(kBound), c.worst(kBound)}) {
      for (const std::uint64_t offset : {std::uint64_t{0}, c.p - 1, c.p / 2}) {
        Output out(c.n);
        table().reduce(out.data(), in.data(), static_cast<Residue>(offset), c.n, c.q);
        out.expect([&](std::size_t i) { return (in[i] + offset) % c.p; });
      }
    }
  });
}

TEST_P(Kernels, ReduceSignedTakesWordsUpToTwoToTheSixtyTwo) {
  for_each_case([&](const Case& c) {
    constexpr std::int64_t kLimit = std::int64_t{1} << 62;
    const auto p = static_cast<std::int64_t>(c.p);
    const std::int64_t edges[] = {0, 1, -1, kLimit, -kLimit, p, -p, kLimit - 1};
    AlignedVector<std::int64_t> in(c.n);
    for (std::int64_t& x : in) {
      x = static_cast<std::int64_t>(c.random.next()) >> (1 + c.random.below(62));
      if (c.random.below(2) == 0) x = edges[c.random.below(std::size(edges))];
    }
    Output out(c.n);
    table().reduce_signed(out.data(), in.data(), c.n, c.q);
    out.expect([&](std::size_t i) {
      const std::int64_t r = in[i] % p;
      return static_cast<std::uint64_t>(r < 0 ? r + p : r);
    });
  });
}

TEST_P(Kernels, InnerProductSumsAnyNumberOfTerms) {
  for_each_case([&](const Case& c) {
    for (const std::size_t terms : kTermCounts) {
      const bool worst = c.random.below(2) == 0;  // then the sums are as large as they get
      const auto make = [&] { return worst ? c.worst(kResidueBound) : c.words(kResidueBound); };
      const Arrays a(terms, make), b(terms, make), b1(terms, make);
      Output single(c.n), first(c.n), second(c.n);
      table().inner_product(single.data(), a.addresses.data(), b.addresses.data(), terms, c.n, c.q);
      table().inner_product_pair(first.data(), second.data(), a.addresses.data(),
                                 b.addresses.data(), b1.addresses.data(), terms, c.n, c.q);
      const auto want = [&](std::size_t i) { return sum_of_products(a, b, i, c.p); };
      single.expect(want);
      first.expect(want);
      second.expect([&](std::size_t i) { return sum_of_products(a, b1, i, c.p); });
    }
  });
}

TEST_P(Kernels, InnerProductOntoAddsToWhatIsThere) {
  for_each_case([&](const Case& c) {
    for (const std::size_t terms : kTermCounts) {
      const bool worst = c.random.below(2) == 0;
      const auto make = [&] { return worst ? c.worst(kResidueBound) : c.words(kResidueBound); };
      const Arrays a(terms, make), b0(terms, make), b1(terms, make);
      const Residues before0 = worst ? c.worst(c.q.value()) : c.words(c.q.value());
      const Residues before1 = c.words(c.q.value());
      Output out0(c.n), out1(c.n);
      std::copy_n(before0.begin(), c.n, out0.data());
      std::copy_n(before1.begin(), c.n, out1.data());
      table().inner_product_pair_onto(out0.data(), out1.data(), a.addresses.data(),
                                      b0.addresses.data(), b1.addresses.data(), terms, c.n, c.q);
      out0.expect(
          [&](std::size_t i) { return (before0[i] + sum_of_products(a, b0, i, c.p)) % c.p; });
      out1.expect(
          [&](std::size_t i) { return (before1[i] + sum_of_products(a, b1, i, c.p)) % c.p; });
    }
  });
}

TEST_P(Kernels, CombineMakesFourSumsOfTheSameWords) {
  for_each_case([&](const Case& c) {
    for (const std::size_t terms : kTermCounts) {
      const bool worst = c.random.below(2) == 0;
      const Arrays in(terms,
                      [&] { return worst ? c.worst(kResidueBound) : c.words(kResidueBound); });
      Residues factors;
      for (std::size_t k = 0; k < terms * kCombined; ++k)
        factors.push_back(static_cast<Residue>(c.random.below(c.q.value())));
      std::vector<Output> outs(kCombined, Output(c.n));
      Residue* addresses[kCombined];
      for (std::size_t r = 0; r < kCombined; ++r) addresses[r] = outs[r].data();
      table().combine(addresses, in.addresses.data(), factors.data(), terms, c.n, c.q);
      for (std::size_t r = 0; r < kCombined; ++r)
        outs[r].expect([&](std::size_t i) {
          std::uint64_t sum = 0;
          for (std::size_t k = 0; k < terms; ++k)
            sum = (sum + multiply_mod(in.arrays[k][i], factors[k * kCombined + r], c.p)) % c.p;
          return sum;
        });
    }
  });
}

TEST_P(Kernels, TensorProductSumsCrossTerms) {
  for_each_case([&](const Case& c) {
    for (const std::size_t terms : {0u, 1u, 2u, 3u, 4u, 5u, 8u, 9u, 14u, 15u, 20u, 33u}) {
      const bool worst = c.random.below(2) == 0;
      const auto make = [&] { return worst ? c.worst(kResidueBound) : c.words(kResidueBound); };
      const Arrays a0(terms, make), a1(terms, make), b0(terms, make), b1(terms, make);
      std::vector<TensorTerm> list;
      for (std::size_t k = 0; k < terms; ++k) {
        list.push_back({a0.addresses[k], a1.addresses[k], b0.addresses[k], b1.addresses[k]});
      }
      Output out0(c.n), out1(c.n), out2(c.n);
      table().tensor_product(out0.data(), out1.data(), out2.data(), list.data(), terms, c.n, c.q);
      out0.expect([&](std::size_t i) { return sum_of_products(a0, b0, i, c.p); });
      out1.expect([&](std::size_t i) {
        return (sum_of_products(a0, b1, i, c.p) + sum_of_products(a1, b0, i, c.p)) % c.p;
      });
      out2.expect([&](std::size_t i) { return sum_of_products(a1, b1, i, c.p); });
    }
  });
}

TEST_P(Kernels, BaseConvertWeighsResiduesOfOtherPrimesForEveryTarget) {
  for_each_case([&](const Case& c) {
    for (const std::size_t terms : kTermCounts) {
      const bool worst = c.random.below(2) == 0;
      const Arrays in(terms,
                      [&] { return worst ? c.worst(kResidueBound) : c.words(kResidueBound); });
      const std::size_t count = c.random.below(7);
      std::vector<Output> outs(count, Output(c.n));
      std::vector<Residues> factors;
      std::vector<ConversionTarget> targets;
      for (std::size_t r = 0; r < count; ++r) {
        factors.push_back(c.random.edgy(terms, c.p));
        if (worst) factors.back().assign(terms, static_cast<Residue>(c.p - 1));
      }
      for (std::size_t r = 0; r < count; ++r)
        targets.push_back({outs[r].data(), factors[r].data(), &c.q});
      table().base_convert(targets.data(), count, in.addresses.data(), terms, c.n);
      for (std::size_t r = 0; r < count; ++r)
        outs[r].expect([&](std::size_t i) {
          std::uint64_t sum = 0;
          for (std::size_t k = 0; k < terms; ++k)
            sum = (sum + multiply_mod(in.arrays[k][i], factors[r][k], c.p)) % c.p;
          return sum;
        });
    }
  });
}

TEST_P(Kernels, RoundSumShiftsSumsOfUpToSixtyFourBits) {
  for_each_case([&](const Case& c) {
    for (const std::size_t terms : {0u, 1u, 3u, 8u, 16u, 30u}) {
      for (const std::uint32_t bits : {1u, 31u, 58u, 63u}) {
        // As large as sums, and their quotients, may be.
        const std::uint64_t limit =
            ((std::uint64_t{1} << std::min(bits + 31, 63u)) - 1) / std::max<std::size_t>(terms, 1);
        const auto bound = std::min<std::uint64_t>(kResidueBound, limit);
        const Arrays in(terms, [&] { return c.words(bound); });
        std::vector<std::uint32_t> reciprocals;
        for (std::size_t k = 0; k < terms; ++k)
          reciprocals.push_back(static_cast<std::uint32_t>(
              c.random.below(std::min<std::uint64_t>(limit / bound, UINT32_MAX) + 1)));
        Output out(c.n);
        table().round_sum(out.data(), in.addresses.data(), reciprocals.data(), terms, bits, c.n);
        out.expect([&](std::size_t i) {
          unsigned __int128 sum = static_cast<unsigned __int128>(1) << (bits - 1);
          for (std::size_t k = 0; k < terms; ++k)
            sum += static_cast<unsigned __int128>(in.arrays[k][i]) * reciprocals[k];
          return static_cast<std::uint64_t>(sum >> bits);
        });
      }
    }
  });
}

TEST_P(Kernels, PermuteAddAddsWhatPermuteMoves) {
  for (const std::uint32_t log_n : {4u, 5u, 8u, 11u}) {
    const std::size_t n = std::size_t{1} << log_n;
    const Modulus q = ntt_primes(log_n, 1).value().front();
    Random random(log_n);
    for (const std::uint64_t g : {std::uint64_t{5}, 2 * std::uint64_t{n} - 1}) {
      const AutomorphismTable automorphism(log_n, g);
      const Residues in = random.edgy(n, q.value()), before = random.edgy(n, q.value());
      Output out(n);
      std::ranges::copy(before, out.data());
      table().permute_add(out.data(), in.data(), automorphism.view(), q);
      out.expect([&](std::size_t i) {
        return (std::uint64_t{before[i]} + in[automorphism.source(i)]) % q.value();
      });
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, Kernels, ::testing::ValuesIn(available_kernels()),
                         testing::table_name);

}  // namespace
}  // namespace veilray::math
