// One row a kernel and instruction set, at the size that matters: N = 2^14, one thread, one limb.
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

constexpr std::uint32_t kLogN = 14;
constexpr std::size_t kN = std::size_t{1} << kLogN;
// Digits of a key switch at the top level, and limbs that a base conversion starts from.
constexpr std::size_t kTerms = 4;

AlignedVector<Residue> random_residues(const math::Modulus& q, Rng& rng) {
  AlignedVector<Residue> values(kN);
  for (auto& value : values) value = static_cast<Residue>(rng.next_u64() % q.value());
  return values;
}

struct Operands {
  math::NttTables tables;
  std::vector<AlignedVector<Residue>> in;
  AlignedVector<Residue> out0 = AlignedVector<Residue>(kN);
  AlignedVector<Residue> out1 = AlignedVector<Residue>(kN);
};

Operands make_operands(const math::Modulus& q) {
  SeededRng rng(1);
  Operands operands{math::NttTables(q, kLogN), {}};
  for (std::size_t i = 0; i < 3 * kTerms; ++i) operands.in.push_back(random_residues(q, rng));
  return operands;
}

/// Forward and back must give what went in.
Status check_transforms(const KernelTable& table, Operands& operands) {
  auto values = operands.in[0];
  table.ntt_forward(values.data(), operands.tables.view());
  table.ntt_inverse(values.data(), operands.tables.view());
  if (values == operands.in[0]) return Done{};
  return Failure{ErrorCode::kInternal, "the transform is not its inverse's inverse", table.name};
}

void add_rows(const BenchOptions& options, const KernelTable& table, Operands& operands,
              std::vector<BenchRow>& rows) {
  const auto& q = operands.tables.modulus();
  const auto view = operands.tables.view();
  std::vector<const Residue*> in;
  for (const auto& values : operands.in) in.push_back(values.data());
  auto* out0 = operands.out0.data();
  auto* out1 = operands.out1.data();
  std::vector<Residue> factors(kTerms, q.value() / 3);
  const auto row = [&](const char* name, const std::function<void()>& work) {
    rows.push_back({name,
                    {{"kernels", table.name}, {"log_n", kLogN}, {"threads", 1}},
                    measure(options, work)});
  };
  operands.out0 = operands.in[0];
  row("ntt_forward", [&] { table.ntt_forward(out0, view); });
  row("ntt_inverse", [&] { table.ntt_inverse(out0, view); });
  row("multiply", [&] { table.multiply(out0, in[0], in[1], kN, q); });
  row("inner_product_pair", [&] {
    table.inner_product_pair(out0, out1, in.data(), in.data() + kTerms, in.data() + 2 * kTerms,
                             kTerms, kN, q);
  });
  row("base_convert", [&] { table.base_convert(out0, in.data(), factors.data(), kTerms, kN, q); });
}

}  // namespace

Result<std::vector<BenchRow>> bench_kernels(const BenchOptions& options, Context& context) {
  VEILRAY_TRY(primes, math::ntt_primes(kLogN, 1));
  auto operands = make_operands(primes.front());
  std::vector<BenchRow> rows;
  const auto tables = math::available_kernels();
  for (std::size_t i = 0; i < tables.size(); ++i) {
    context.progress.update("kernels", i, tables.size());
    VEILRAY_CHECK_OK(check_transforms(*tables[i], operands));
    add_rows(options, *tables[i], operands, rows);
  }
  context.progress.update("kernels", tables.size(), tables.size());
  return rows;
}

}  // namespace veilray::cli
