#include "math/ntt.h"

#include <string>
#include <vector>

#include "base/error.h"
#include "math/kernels/table.h"

namespace veilray::math {
namespace {

std::uint32_t checked_log_n(std::uint32_t log_n) {
  if (log_n < kMinLogN || log_n > kMaxLogN) {
    throw Error(ErrorCode::kInvalidArgument,
                "log_n " + std::to_string(log_n) + ": must be in [4, 16]");
  }
  return log_n;
}

void require_size(std::span<const Residue> values, const NttTables& tables) {
  if (values.size() != tables.n()) {
    throw Error(ErrorCode::kInvalidArgument, "transform of size " + std::to_string(tables.n()) +
                                                 " given " + std::to_string(values.size()) +
                                                 " residues");
  }
}

}  // namespace

NttTables::NttTables(const Modulus& q, std::uint32_t log_n)
    : q_(q),
      log_n_(checked_log_n(log_n)),
      psi_(primitive_root(q, log_n)),
      forward_(make_twiddles(psi_)),
      inverse_(make_twiddles(q.inverse(psi_))),
      last_factor_(inverse_factor(1)) {}

InverseFactor NttTables::inverse_factor(Residue factor) const noexcept {
  const Residue all = q_.mul(factor, q_.inverse(static_cast<Residue>(n())));
  // W[1] = psi^(-bit_reverse(1)) = psi^(-n/2)
  return {q_.shoup(all), q_.shoup(q_.mul(all, q_.inverse(q_.pow(psi_, n() / 2))))};
}

NttTables::Twiddles NttTables::make_twiddles(Residue root) const {
  std::vector<Residue> powers(n());  // powers[k] = root^bit_reverse(k)
  Residue power = 1;
  for (std::uint32_t k = 0; k < n(); ++k) {
    powers[bit_reverse(k, log_n_)] = power;
    power = q_.mul(power, root);
  }

  const std::size_t row_count = n() / kRow;
  Twiddles twiddles;
  for (std::size_t k = 0; k < row_count; ++k) twiddles.wide.push_back(q_.shoup(powers[k]));

  twiddles.rows.assign((row_count + kRow - 1) / kRow * 15, RowTwiddles{});
  for (std::size_t row = 0; row < row_count; ++row) {
    const std::size_t block = row / kRow, lane = row % kRow;
    for (std::uint32_t stage = 0; stage < kLogRow; ++stage) {
      for (std::size_t group = 0; group < (std::size_t{1} << stage); ++group) {
        const auto factor = q_.shoup(powers[((row_count + row) << stage) + group]);
        auto& slot = twiddles.rows[15 * block + (std::size_t{1} << stage) - 1 + group];
        slot.w[lane] = factor.w;
        slot.w_shoup[lane] = factor.w_shoup;
      }
    }
  }
  return twiddles;
}

NttView NttTables::view() const noexcept {
  return {.log_n = log_n_,
          .q = q_,
          .forward = forward_.view(),
          .inverse = inverse_.view(),
          .last_factor = last_factor_};
}

void ntt_forward(std::span<Residue> values, const NttTables& tables) {
  require_size(values, tables);
  kernels().ntt_forward(values.data(), tables.view());
}

void ntt_inverse(std::span<Residue> values, const NttTables& tables) {
  require_size(values, tables);
  kernels().ntt_inverse(values.data(), values.data(), tables.view());
}

void ntt_inverse(std::span<Residue> out, std::span<const Residue> in, const InverseFactor& factor,
                 const NttTables& tables) {
  require_size(out, tables);
  require_size(in, tables);
  NttView view = tables.view();
  view.last_factor = factor;
  kernels().ntt_inverse(out.data(), in.data(), view);
}

}  // namespace veilray::math
