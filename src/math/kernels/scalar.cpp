// The reference: one residue at a time, with the arithmetic of Modulus.
#include "math/kernels/scalar.h"

#include "math/kernels/scalar_ntt.h"
#include "math/kernels/sums.h"

namespace veilray::math {
namespace {

void add(Residue* out, const Residue* a, const Residue* b, std::size_t n,
         const Modulus& q) noexcept {
  for (std::size_t i = 0; i < n; ++i) out[i] = q.add(a[i], b[i]);
}

void subtract(Residue* out, const Residue* a, const Residue* b, std::size_t n,
              const Modulus& q) noexcept {
  for (std::size_t i = 0; i < n; ++i) out[i] = q.sub(a[i], b[i]);
}

void negate(Residue* out, const Residue* a, std::size_t n, const Modulus& q) noexcept {
  for (std::size_t i = 0; i < n; ++i) out[i] = q.neg(a[i]);
}

void multiply(Residue* out, const Residue* a, const Residue* b, std::size_t n,
              const Modulus& q) noexcept {
  for (std::size_t i = 0; i < n; ++i) out[i] = q.mul(a[i], b[i]);
}

void multiply_scalar(Residue* out, const Residue* a, ShoupFactor w, std::size_t n,
                     const Modulus& q) noexcept {
  for (std::size_t i = 0; i < n; ++i) out[i] = q.mul(a[i], w);
}

void multiply_scalar_add(Residue* out, const Residue* a, ShoupFactor w, const Residue* b,
                         std::size_t n, const Modulus& q) noexcept {
  for (std::size_t i = 0; i < n; ++i) out[i] = q.add(q.mul(a[i], w), b[i]);
}

// x - y + cover30 is in (0, q + 2^30 + q), below 2^32.
void subtract_multiply(Residue* out, const Residue* x, const Residue* y, ShoupFactor w,
                       std::size_t n, const Modulus& q) noexcept {
  for (std::size_t i = 0; i < n; ++i) out[i] = q.mul(x[i] - y[i] + q.cover30(), w);
}

void subtract_multiply_add(Residue* out, const Residue* x, const Residue* y, ShoupFactor w,
                           const Residue* b, std::size_t n, const Modulus& q) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    out[i] = q.add(q.mul(x[i] - y[i] + q.cover30(), w), b[i]);
  }
}

void reduce(Residue* out, const Residue* in, Residue offset, std::size_t n,
            const Modulus& q) noexcept {
  for (std::size_t i = 0; i < n; ++i) out[i] = q.mul(in[i] + offset, q.one());
}

void reduce_signed(Residue* out, const std::int64_t* in, std::size_t n, const Modulus& q) noexcept {
  for (std::size_t i = 0; i < n; ++i) out[i] = q.reduce_signed(in[i]);
}

/// Congruent to the sum, below 2^62 + 2^32.
inline std::uint64_t fold(std::uint64_t sum, const Modulus& q) {
  return (sum >> 32) * q.word().w + (sum & 0xffffffff);
}

/// Sums products of words below 2^30; `room` counts how many more fit.
struct Sum {
  std::uint64_t value = 0;
  std::size_t room = kProductsPerSum;

  void add_product(Residue a, Residue b, const Modulus& q) {
    if (room == 0) {
      value = fold(value, q);
      room = kProductsAfterFold;
    }
    value += std::uint64_t{a} * b;
    --room;
  }
};

void inner_product(Residue* out, const Residue* const* a, const Residue* const* b,
                   std::size_t terms, std::size_t n, const Modulus& q) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    Sum sum;
    for (std::size_t k = 0; k < terms; ++k) sum.add_product(a[k][i], b[k][i], q);
    out[i] = q.reduce(sum.value);
  }
}

void inner_product_pair_onto(Residue* out0, Residue* out1, const Residue* const* a,
                             const Residue* const* b0, const Residue* const* b1, std::size_t terms,
                             std::size_t n, const Modulus& q) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    Sum sum0{out0[i]}, sum1{out1[i]};
    for (std::size_t k = 0; k < terms; ++k) {
      sum0.add_product(a[k][i], b0[k][i], q);
      sum1.add_product(a[k][i], b1[k][i], q);
    }
    out0[i] = q.reduce(sum0.value);
    out1[i] = q.reduce(sum1.value);
  }
}

void inner_product_pair(Residue* out0, Residue* out1, const Residue* const* a,
                        const Residue* const* b0, const Residue* const* b1, std::size_t terms,
                        std::size_t n, const Modulus& q) noexcept {
  for (std::size_t i = 0; i < n; ++i) out0[i] = out1[i] = 0;
  inner_product_pair_onto(out0, out1, a, b0, b1, terms, n, q);
}

void tensor_product(Residue* out0, Residue* out1, Residue* out2, const TensorTerm* terms,
                    std::size_t count, std::size_t n, const Modulus& q) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    Sum sum0, sum1, sum2;
    for (std::size_t k = 0; k < count; ++k) {
      const TensorTerm& t = terms[k];
      sum0.add_product(t.a0[i], t.b0[i], q);
      sum1.add_product(t.a0[i], t.b1[i], q);
      sum1.add_product(t.a1[i], t.b0[i], q);
      sum2.add_product(t.a1[i], t.b1[i], q);
    }
    out0[i] = q.reduce(sum0.value);
    out1[i] = q.reduce(sum1.value);
    out2[i] = q.reduce(sum2.value);
  }
}

void base_convert(const ConversionTarget* targets, std::size_t count, const Residue* const* in,
                  std::size_t terms, std::size_t n) noexcept {
  for (std::size_t r = 0; r < count; ++r) {
    const ConversionTarget& target = targets[r];
    for (std::size_t i = 0; i < n; ++i) {
      Sum sum;
      for (std::size_t k = 0; k < terms; ++k)
        sum.add_product(in[k][i], target.factors[k], *target.q);
      target.out[i] = target.q->reduce(sum.value);
    }
  }
}

void round_sum(Residue* out, const Residue* const* in, const std::uint32_t* reciprocals,
               std::size_t terms, std::uint32_t bits, std::size_t n) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    std::uint64_t sum = std::uint64_t{1} << (bits - 1);
    for (std::size_t k = 0; k < terms; ++k) sum += std::uint64_t{in[k][i]} * reciprocals[k];
    out[i] = static_cast<Residue>(sum >> bits);
  }
}

void combine(Residue* const* out, const Residue* const* in, const Residue* factors,
             std::size_t terms, std::size_t n, const Modulus& q) noexcept {
  for (std::size_t r = 0; r < kCombined; ++r) {
    for (std::size_t i = 0; i < n; ++i) {
      Sum sum;
      for (std::size_t k = 0; k < terms; ++k) {
        sum.add_product(in[k][i], factors[k * kCombined + r], q);
      }
      out[r][i] = q.reduce(sum.value);
    }
  }
}

void permute(Residue* out, const Residue* in, const PermutationView& permutation) noexcept {
  for (std::size_t row = 0; row < permutation.rows; ++row) {
    const RowMove move = permutation.moves[row];
    const std::uint32_t* pattern = permutation.patterns[move.pattern];
    const Residue* source = in + std::size_t{kRow} * move.source;
    for (std::size_t lane = 0; lane < kRow; ++lane) out[kRow * row + lane] = source[pattern[lane]];
  }
}

void permute_add(Residue* out, const Residue* in, const PermutationView& permutation,
                 const Modulus& q) noexcept {
  for (std::size_t row = 0; row < permutation.rows; ++row) {
    const RowMove move = permutation.moves[row];
    const std::uint32_t* pattern = permutation.patterns[move.pattern];
    const Residue* source = in + std::size_t{kRow} * move.source;
    for (std::size_t lane = 0; lane < kRow; ++lane)
      out[kRow * row + lane] = q.add(out[kRow * row + lane], source[pattern[lane]]);
  }
}

constexpr KernelTable kScalar{
    .name = "scalar",
    .ntt_forward = scalar_ntt_forward,
    .ntt_inverse = scalar_ntt_inverse,
    .add = add,
    .subtract = subtract,
    .negate = negate,
    .multiply = multiply,
    .multiply_scalar = multiply_scalar,
    .multiply_scalar_add = multiply_scalar_add,
    .subtract_multiply = subtract_multiply,
    .subtract_multiply_add = subtract_multiply_add,
    .reduce = reduce,
    .reduce_signed = reduce_signed,
    .inner_product = inner_product,
    .inner_product_pair = inner_product_pair,
    .inner_product_pair_onto = inner_product_pair_onto,
    .tensor_product = tensor_product,
    .base_convert = base_convert,
    .round_sum = round_sum,
    .combine = combine,
    .permute = permute,
    .permute_add = permute_add,
};

}  // namespace

const KernelTable& scalar_kernels() { return kScalar; }

}  // namespace veilray::math
