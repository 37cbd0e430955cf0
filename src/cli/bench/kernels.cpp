// One row a kernel, ring and instruction set: one thread, one prime. Every output is checked
// against a formula that divides, and that of transforms against the scalar ones.
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/aligned.h"
#include "base/random.h"
#include "cli/bench/harness.h"
#include "math/kernels/table.h"
#include "math/ntt.h"
#include "math/primes.h"

namespace veilray::cli {
namespace {

using math::KernelTable;
using math::Residue;
using Words = AlignedVector<Residue>;

// Digits of a key switch at the top level, and limbs that a base conversion starts from.
constexpr std::size_t kTerms = 4;

Words random_residues(const math::Modulus& q, std::size_t n, Rng& rng) {
  Words values(n);
  for (auto& value : values) value = static_cast<Residue>(rng.next_u64() % q.value());
  return values;
}

struct Operands {
  Operands(const math::Modulus& modulus, std::uint32_t log_n)
      : tables(modulus, log_n), automorphism(log_n, 5) {
    SeededRng rng(1);
    for (std::size_t i = 0; i < 3 * kTerms; ++i) {
      in.push_back(random_residues(q(), n(), rng));
      addresses.push_back(in.back().data());
    }
    for (auto& value : small) value = static_cast<std::int64_t>(rng.next_u64() >> 24) - (1LL << 39);
    for (auto& factor : factors) factor = static_cast<Residue>(rng.next_u64() % q().value());
    transformed = in[0];
    math::available_kernels().front()->ntt_forward(transformed.data(), tables.view());
  }
  const math::Modulus& q() const { return tables.modulus(); }
  std::size_t n() const { return tables.n(); }
  /// At position i, of the first kTerms inputs; weights stand `stride` apart.
  std::uint64_t weighted_sum(const Residue* weights, std::size_t stride, std::size_t i) const {
    std::uint64_t sum = 0;
    for (std::size_t k = 0; k < kTerms; ++k) sum += std::uint64_t{in[k][i]} * weights[k * stride];
    return sum;
  }

  math::NttTables tables;
  math::AutomorphismTable automorphism;
  std::vector<Words> in;
  std::vector<const Residue*> addresses;
  std::vector<std::int64_t> small = std::vector<std::int64_t>(n());
  std::array<Residue, kTerms * math::kCombined> factors{};
  Words transformed;  // of in[0], by the scalar kernels
  std::array<Words, 4> out{Words(n()), Words(n()), Words(n()), Words(n())};
};

/// Computes into `out`; a transform in place.
struct Kernel {
  const char* name;
  std::function<void(const KernelTable&)> run;
  /// Position i of each output, modulo q. An input below q at every position.
  std::vector<std::function<std::uint64_t(std::size_t)>> expected;
  const Words* start = nullptr;  // of a transform
};

std::vector<Kernel> transforms(Operands& o) {
  auto* out = o.out[0].data();
  const auto view = o.tables.view();
  return {{"ntt_forward",
           [=](const KernelTable& k) { k.ntt_forward(out, view); },
           {[&o](std::size_t i) { return o.transformed[i]; }},
           &o.in[0]},
          {"ntt_inverse",
           [=](const KernelTable& k) { k.ntt_inverse(out, out, view); },
           {[&o](std::size_t i) { return o.in[0][i]; }},
           &o.transformed},
          {"permute",
           [=, permutation = o.automorphism.view(), in = o.addresses[0]](const KernelTable& k) {
             k.permute(out, in, permutation);
           },
           {[&o](std::size_t i) { return o.in[0][o.automorphism.source(i)]; }}}};
}

std::vector<Kernel> element_wise(Operands& o) {
  const auto& q = o.q();
  const std::uint64_t p = q.value(), n = o.n();
  auto* out = o.out[0].data();
  const Residue *a = o.addresses[0], *b = o.addresses[1], *c = o.addresses[2];
  const auto w = q.shoup(o.factors[0]);
  return {
      {"add", [=, &q](const KernelTable& k) { k.add(out, a, b, n, q); }, {[=](std::size_t i) {
         return std::uint64_t{a[i]} + b[i];
       }}},
      {"multiply",
       [=, &q](const KernelTable& k) { k.multiply(out, a, b, n, q); },
       {[=](std::size_t i) { return std::uint64_t{a[i]} * b[i]; }}},
      {"multiply_scalar_add",
       [=, &q](const KernelTable& k) { k.multiply_scalar_add(out, a, w, b, n, q); },
       {[=](std::size_t i) { return std::uint64_t{a[i]} * w.w + b[i]; }}},
      {"subtract_multiply_add",
       [=, &q](const KernelTable& k) { k.subtract_multiply_add(out, a, b, w, c, n, q); },
       {[=](std::size_t i) { return (a[i] + p - b[i]) * w.w + c[i]; }}},
      {"reduce",
       [=, &q](const KernelTable& k) { k.reduce(out, a, w.w, n, q); },
       {[=](std::size_t i) { return std::uint64_t{a[i]} + w.w; }}},
      {"reduce_signed",
       [=, &o, &q](const KernelTable& k) { k.reduce_signed(out, o.small.data(), n, q); },
       {[=, &o](std::size_t i) { return static_cast<std::uint64_t>(o.small[i]) + (p << 33); }}}};
}

Kernel combination(Operands& o) {
  Kernel kernel{"combine",
                [&o](const KernelTable& k) {
                  static_assert(math::kCombined == 4);
                  Residue* const out[] = {o.out[0].data(), o.out[1].data(), o.out[2].data(),
                                          o.out[3].data()};
                  k.combine(out, o.addresses.data(), o.factors.data(), kTerms, o.n(), o.q());
                },
                {}};
  for (std::size_t r = 0; r < math::kCombined; ++r) {
    kernel.expected.push_back(
        [&o, r](std::size_t i) { return o.weighted_sum(&o.factors[r], math::kCombined, i); });
  }
  return kernel;
}

std::vector<Kernel> sums_of_products(Operands& o) {
  const auto& q = o.q();
  const std::size_t n = o.n();
  Residue *out0 = o.out[0].data(), *out1 = o.out[1].data(), *out2 = o.out[2].data();
  const auto* in = o.addresses.data();
  const auto* factors = o.factors.data();
  const auto dot = [in](std::size_t first, std::size_t second, std::size_t i) {
    std::uint64_t sum = 0;
    for (std::size_t k = 0; k < kTerms; ++k)
      sum += std::uint64_t{in[first + k][i]} * in[second + k][i];
    return sum;
  };
  const auto product = [in](std::size_t a, std::size_t b, std::size_t i) {
    return std::uint64_t{in[a][i]} * in[b][i];
  };
  const math::TensorTerm term = {in[0], in[1], in[2], in[3]};
  return {{"inner_product_pair",
           [=, &q](const KernelTable& k) {
             k.inner_product_pair(out0, out1, in, in + kTerms, in + 2 * kTerms, kTerms, n, q);
           },
           {[=](std::size_t i) { return dot(0, kTerms, i); },
            [=](std::size_t i) { return dot(0, 2 * kTerms, i); }}},
          {"tensor_product",
           [=, &q](const KernelTable& k) { k.tensor_product(out0, out1, out2, &term, 1, n, q); },
           {[=](std::size_t i) { return product(0, 2, i); },
            [=](std::size_t i) { return product(0, 3, i) + product(1, 2, i); },
            [=](std::size_t i) { return product(1, 3, i); }}},
          {"base_convert",
           [=, &q](const KernelTable& k) {
             const math::ConversionTarget target{out0, factors, &q};
             k.base_convert(&target, 1, in, kTerms, n);
           },
           {[=, &o](std::size_t i) { return o.weighted_sum(factors, 1, i); }}},
          combination(o)};
}

Status check(const KernelTable& table, const Kernel& kernel, Operands& operands) {
  if (kernel.start != nullptr) operands.out[0] = *kernel.start;
  kernel.run(table);
  for (std::size_t part = 0; part < kernel.expected.size(); ++part) {
    for (std::size_t i = 0; i < operands.n(); ++i) {
      if (operands.out[part][i] == kernel.expected[part](i) % operands.q().value()) continue;
      return Failure{ErrorCode::kInternal,
                     std::string("the benchmark's result is wrong: ") + kernel.name, table.name};
    }
  }
  return Done{};
}

Status add_rows(const BenchOptions& options, Operands& operands, std::vector<BenchRow>& rows) {
  RingFacts facts;
  facts.log_n = operands.tables.log_n();
  facts.log_q = std::log2(operands.q().value());
  auto kernels = transforms(operands);
  for (auto& kernel : element_wise(operands)) kernels.push_back(std::move(kernel));
  for (auto& kernel : sums_of_products(operands)) kernels.push_back(std::move(kernel));
  for (const KernelTable* table : math::available_kernels()) {
    facts.kernels = table->name;
    for (const Kernel& kernel : kernels) {
      VEILRAY_CHECK_OK(check(*table, kernel, operands));
      rows.push_back({kernel.name, to_json(facts), measure(options, [&] { kernel.run(*table); })});
    }
  }
  return Done{};
}

}  // namespace

Result<std::vector<BenchRow>> bench_kernels(const BenchOptions& options, Context& context) {
  std::vector<BenchRow> rows;
  const auto sizes = wanted_log_n(options);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    context.progress.update("kernels", i, sizes.size());
    VEILRAY_TRY(primes, math::ntt_primes(sizes[i], 1));
    Operands operands(primes.front(), sizes[i]);
    VEILRAY_CHECK_OK(add_rows(options, operands, rows));
  }
  context.progress.update("kernels", sizes.size(), sizes.size());
  return rows;
}

}  // namespace veilray::cli
