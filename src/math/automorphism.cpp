#include "math/automorphism.h"

#include <bit>
#include <string>

#include "base/error.h"
#include "math/kernels/table.h"

namespace veilray::math {
namespace {

void require(bool condition, const std::string& message) {
  if (!condition) throw Error(ErrorCode::kInvalidArgument, message);
}

std::size_t checked_rows(std::uint32_t log_n, std::uint64_t g) {
  require(log_n >= kMinLogN && log_n <= kMaxLogN,
          "log_n " + std::to_string(log_n) + ": must be in [4, 16]");
  require(g % 2 == 1 && g < std::uint64_t{2} << log_n,
          "Galois element " + std::to_string(g) + ": must be odd and below 2n");
  return (std::size_t{1} << log_n) / kRow;
}

}  // namespace

AutomorphismTable::AutomorphismTable(std::uint32_t log_n, std::uint64_t g)
    : g_(g), moves_(checked_rows(log_n, g)) {
  const std::uint32_t low_bits = log_n + 1 - kLogRow;  // of e: what tells the row
  for (std::uint32_t row = 0; row < moves_.size(); ++row) {
    const std::uint64_t low = 2 * std::uint64_t{bit_reverse(row, log_n - kLogRow)} + 1;
    const std::uint64_t product = low * g;
    const auto source_low = static_cast<std::uint32_t>(product % (std::uint64_t{1} << low_bits));
    moves_[row] = {static_cast<std::uint16_t>(bit_reverse(source_low / 2, log_n - kLogRow)),
                   static_cast<std::uint16_t>((product >> low_bits) % kRow)};
  }
  for (std::uint32_t carry = 0; carry < kRow; ++carry) {
    for (std::uint32_t lane = 0; lane < kRow; ++lane) {
      const auto top = static_cast<std::uint32_t>((bit_reverse(lane, kLogRow) * g + carry) % kRow);
      patterns_[carry][lane] = bit_reverse(top, kLogRow);
    }
  }
}

std::size_t AutomorphismTable::source(std::size_t i) const noexcept {
  const RowMove move = moves_[i / kRow];
  return std::size_t{kRow} * move.source + patterns_[move.pattern][i % kRow];
}

PermutationView AutomorphismTable::view() const noexcept {
  return {moves_.data(), moves_.size(), patterns_};
}

void permute(std::span<Residue> out, std::span<const Residue> in, const AutomorphismTable& table) {
  require(out.size() == table.n() && in.size() == table.n(),
          "permutation of " + std::to_string(table.n()) + " values given " +
              std::to_string(in.size()) + " and room for " + std::to_string(out.size()));
  kernels().permute(out.data(), in.data(), table.view());
}

void permute_coefficients(std::span<Residue> out, std::span<const Residue> in, std::uint64_t g,
                          const Modulus& q) {
  const std::size_t n = in.size();
  require(std::has_single_bit(n) && out.size() == n, "automorphism: sizes differ or no power of 2");
  require(g % 2 == 1, "Galois element " + std::to_string(g) + ": must be odd");
  std::size_t target = 0;  // i * g mod 2n
  for (std::size_t i = 0; i < n; ++i) {
    // x^(n + k) = -x^k
    out[target % n] = target < n ? in[i] : q.neg(in[i]);
    target = (target + g) % (2 * n);
  }
}

}  // namespace veilray::math
