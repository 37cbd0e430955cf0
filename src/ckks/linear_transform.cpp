#include "ckks/linear_transform.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "ckks/require.h"
#include "math/kernels/table.h"
#include "ring/basis.h"

namespace veilray::ckks {
namespace {

/// Bytes of ciphertext that all rows go over before the next piece: they stay in the L2 cache.
constexpr std::size_t kPieceBytes = 512 * 1024;

const Plaintext* first_plaintext(const PlainMatrix& matrix) {
  for (const Plaintext* plaintext : matrix.plaintexts) {
    if (plaintext != nullptr) return plaintext;
  }
  throw Error(ErrorCode::kInvalidArgument, "a matrix without a plaintext");
}

void require_alike(std::span<const Ciphertext* const> cts) {
  if (cts.empty()) throw Error(ErrorCode::kInvalidArgument, "a matrix without ciphertexts");
  for (const Ciphertext* ct : cts) {
    require_degree(*ct, 1);
    require_same_level(ct->level(), cts[0]->level());
    require_same_scale(ct->scale(), cts[0]->scale());
  }
}

void require_operands(const Params& params, std::span<const Ciphertext* const> cts,
                      const PlainMatrix& matrix) {
  require_alike(cts);
  if (matrix.plaintexts.size() != matrix.rows * cts.size()) {
    throw Error(ErrorCode::kInvalidArgument, "matrix and ciphertexts of different sizes");
  }
  const Plaintext* first = first_plaintext(matrix);
  for (const Plaintext* plaintext : matrix.plaintexts) {
    if (plaintext == nullptr) continue;
    require_plaintext(params, cts[0]->level(), *plaintext);
    require_same_scale(plaintext->scale(), first->scale());
    if (plaintext->run() != first->run()) {
      throw Error(ErrorCode::kInvalidArgument, "plaintexts of different runs in one matrix");
    }
  }
}

/// One row's sum, over the words [start, start + count) of one limb.
class RowSum {
 public:
  RowSum(std::size_t terms, std::size_t run, std::size_t limb, const math::Modulus& q)
      : plain_(terms), c0_(terms), c1_(terms), factors_(terms), run_(run), limb_(limb), q_(q) {}

  void operator()(Ciphertext& out, std::span<const Ciphertext* const> cts,
                  std::span<const std::uint32_t* const> row, std::size_t start, std::size_t count) {
    gather(cts, row);
    if (run_ == 1) {
      offset(start);
      math::kernels().inner_product_pair(word(out, 0, start), word(out, 1, start), plain_.data(),
                                         c0_.data(), c1_.data(), terms_, count, q_);
      return;
    }
    offset_ciphertexts(start);
    // One part after the other: twice as many streams at once would be too many to prefetch.
    sum_runs(word(out, 0, 0), c0_, start, count);
    sum_runs(word(out, 1, 0), c1_, start, count);
  }

 private:
  using Pointers = std::vector<const std::uint32_t*>;

  std::uint32_t* word(Ciphertext& ct, std::size_t part, std::size_t at) const {
    return ct.part(part).limb(limb_).data() + at;
  }

  void gather(std::span<const Ciphertext* const> cts, std::span<const std::uint32_t* const> row) {
    terms_ = 0;
    for (std::size_t k = 0; k < cts.size(); ++k) {
      if (row[k] == nullptr) continue;
      plain_[terms_] = row[k];
      c0_[terms_] = cts[k]->part(0).limb(limb_).data();
      c1_[terms_] = cts[k]->part(1).limb(limb_).data();
      ++terms_;
    }
  }
  void offset_ciphertexts(std::size_t start) {
    for (std::size_t k = 0; k < terms_; ++k) c0_[k] += start, c1_[k] += start;
  }
  void offset(std::size_t start) {
    for (std::size_t k = 0; k < terms_; ++k) plain_[k] += start;
    offset_ciphertexts(start);
  }
  /// Within a run every plaintext is one number. Steps over what it sums.
  void sum_runs(std::uint32_t* out, Pointers& parts, std::size_t start, std::size_t count) {
    // Pieces and runs are powers of two: a piece holds whole runs, or lies in one.
    const std::size_t step = std::min(count, run_);
    for (std::size_t at = start; at < start + count; at += step) {
      for (std::size_t k = 0; k < terms_; ++k) factors_[k] = plain_[k][at / run_];
      math::kernels().base_convert(out + at, parts.data(), factors_.data(), terms_, step, q_);
      for (std::size_t k = 0; k < terms_; ++k) parts[k] += step;
    }
  }

  Pointers plain_, c0_, c1_;
  std::vector<std::uint32_t> factors_;
  std::size_t terms_ = 0;
  std::size_t run_;
  std::size_t limb_;
  const math::Modulus& q_;
};

/// Words of a piece: a power of two of at least one row of 16.
std::size_t piece_words(std::size_t ciphertexts, std::size_t n) {
  const std::size_t words = kPieceBytes / (2 * sizeof(std::uint32_t) * ciphertexts);
  return std::clamp(std::bit_floor(words), std::size_t{math::kRow}, n);
}

}  // namespace

std::vector<Ciphertext> make_products(const Params& params, std::span<const Ciphertext* const> cts,
                                      const PlainMatrix& matrix, Workspace& workspace) {
  require_operands(params, cts, matrix);
  return make_products(params, cts, first_plaintext(matrix)->scale(), matrix.rows, workspace);
}

std::vector<Ciphertext> make_products(const Params& params, std::span<const Ciphertext* const> cts,
                                      Scale plain_scale, std::size_t rows, Workspace& workspace) {
  require_alike(cts);
  const ring::Shape shape = params.shape(cts[0]->level());
  const Scale scale{cts[0]->scale().value * plain_scale.value};
  std::vector<Ciphertext> outs;
  outs.reserve(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    outs.emplace_back(workspace.take<ring::Domain::kNtt>(shape),
                      workspace.take<ring::Domain::kNtt>(shape), scale);
  }
  return outs;
}

void multiply_accumulate_limb(const Params& params, std::span<Ciphertext* const> outs,
                              std::span<const Ciphertext* const> cts, const PlainMatrix& matrix,
                              std::size_t limb) {
  std::vector<const std::uint32_t*> words;
  words.reserve(matrix.plaintexts.size());
  for (const Plaintext* plaintext : matrix.plaintexts)
    words.push_back(plaintext == nullptr ? nullptr : plaintext->poly().limb(limb).data());
  multiply_accumulate_limb(params, outs, cts,
                           LimbMatrix{words, matrix.rows, first_plaintext(matrix)->run()}, limb);
}

void multiply_accumulate_limb(const Params& params, std::span<Ciphertext* const> outs,
                              std::span<const Ciphertext* const> cts, const LimbMatrix& matrix,
                              std::size_t limb) {
  const std::size_t n = params.n(), piece = piece_words(cts.size(), n);
  RowSum row_sum(cts.size(), matrix.run, limb,
                 params.basis().modulus(static_cast<std::uint32_t>(limb)));
  for (std::size_t start = 0; start < n; start += piece) {
    for (std::size_t row = 0; row < matrix.rows; ++row) {
      row_sum(*outs[row], cts, matrix.words.subspan(row * cts.size(), cts.size()), start, piece);
    }
  }
}

std::vector<Ciphertext> multiply_accumulate(const Params& params,
                                            std::span<const Ciphertext* const> cts,
                                            const PlainMatrix& matrix, Workspace& workspace) {
  auto outs = make_products(params, cts, matrix, workspace);
  std::vector<Ciphertext*> pointers;
  for (Ciphertext& out : outs) pointers.push_back(&out);
  for (std::size_t limb = 0; limb < cts[0]->level().limbs(); ++limb) {
    multiply_accumulate_limb(params, pointers, cts, matrix, limb);
  }
  return outs;
}

}  // namespace veilray::ckks
