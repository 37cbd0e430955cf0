#include "ring/crt.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "math/kernels/table.h"

namespace veilray::ring {
namespace {

/// Replaces limb i by the mixed-radix digit v_i of x = v_0 + v_1 q_0 + v_2 q_0 q_1 + ...
/// (Garner). Digits are taken in (-q_i/2, q_i/2), as q_i + v_i when negative: then x is the
/// representative nearest to zero.
void to_mixed_radix(const Basis& basis, CoeffPoly& poly) {
  for (std::uint32_t i = 1; i < poly.limbs(); ++i) {
    const math::Modulus& q = basis.modulus(i);
    const auto x = poly.limb(i);
    for (std::uint32_t j = 0; j < i; ++j) {
      const std::uint32_t r = basis.modulus(j).value();
      const auto digit = poly.limb(j);
      const auto inverse = q.shoup(q.inverse(r % q.value()));
      for (std::size_t k = 0; k < x.size(); ++k) {
        // digit - (r if negative), plus a multiple of q that keeps the difference positive.
        const std::uint32_t wrapped = r & (0U - std::uint32_t{digit[k] > r / 2});
        x[k] = q.mul(x[k] + q.cover30() + wrapped - digit[k], inverse);
      }
    }
  }
}

constexpr double kTwo62 = 0x1p62;

/// An integer at or above 2^53 in magnitude is mantissa * 2^exponent exactly.
std::uint32_t reduce_large(const math::Modulus& q, double value) {
  int exponent = 0;
  const double mantissa = std::ldexp(std::frexp(value, &exponent), 53);
  const std::uint32_t low = q.reduce_signed(static_cast<std::int64_t>(mantissa));
  return q.mul(low, q.pow(2, static_cast<std::uint64_t>(exponent - 53)));
}

}  // namespace

void to_doubles(const Basis& basis, CoeffPoly poly, std::span<double> out) {
  VEILRAY_ASSERT(out.size() == poly.n() && poly.shape().special_limbs == 0);
  to_mixed_radix(basis, poly);
  std::ranges::fill(out, 0.0);
  for (std::uint32_t i = poly.limbs(); i-- > 0;) {
    const auto q = static_cast<std::int32_t>(basis.modulus(i).value());
    const auto digit = poly.limb(i);
    for (std::size_t k = 0; k < out.size(); ++k) {
      const auto v = static_cast<std::int32_t>(digit[k]);
      out[k] = out[k] * q + (v > q / 2 ? v - q : v);
    }
  }
}

void from_doubles(const math::Modulus& q, std::span<const double> values,
                  std::span<std::uint32_t> out) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    out[i] = std::abs(values[i]) < kTwo62 ? q.reduce_signed(std::llrint(values[i]))
                                          : reduce_large(q, values[i]);
  }
}

void from_doubles(const Basis& basis, std::span<const double> values,
                  std::span<const std::span<std::uint32_t>> outs) {
  constexpr std::size_t kBlock = 512;
  std::array<std::int64_t, kBlock> rounded;
  for (std::size_t start = 0; start < values.size(); start += kBlock) {
    const auto block = values.subspan(start, std::min(kBlock, values.size() - start));
    bool all_small = block.size() % math::kRow == 0;
    for (std::size_t i = 0; i < block.size(); ++i) {
      const bool small = std::abs(block[i]) < kTwo62;
      rounded[i] = small ? std::llrint(block[i]) : 0;
      all_small = all_small && small;
    }
    for (std::size_t limb = 0; limb < outs.size(); ++limb) {
      const math::Modulus& q = basis.modulus(static_cast<std::uint32_t>(limb));
      const auto out = outs[limb].subspan(start, block.size());
      if (all_small) {
        math::kernels().reduce_signed(out.data(), rounded.data(), block.size(), q);
      } else {
        from_doubles(q, block, out);
      }
    }
  }
}

}  // namespace veilray::ring
