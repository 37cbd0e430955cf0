#include "ckks/linear_transform.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/aligned.h"
#include "ckks/repeated_matrix.h"
#include "ckks/require.h"
#include "math/kernels/table.h"
#include "ring/basis.h"

namespace veilray::ckks {
namespace {

/// Bytes of ciphertext that all rows go over before the next piece: half of a small L2 cache.
constexpr std::size_t kPieceBytes = 256 * 1024;
/// Plaintexts that are read side by side. They come from memory, which gives them three times as
/// fast as 32 at once: caches fetch few streams ahead.
constexpr std::size_t kStreams = 8;
/// Between ciphertexts' words that are copied side by side, so that they do not lie a power of two
/// apart and push each other out of the L1 cache.
constexpr std::size_t kGap = 16;

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

/// The same words of one limb of every ciphertext, copied side by side.
class Piece {
 public:
  Piece(std::size_t ciphertexts, std::size_t words)
      : count_(words), stride_(words + kGap), words_(2 * ciphertexts * stride_) {}

  std::size_t count() const { return count_; }
  void gather(std::span<const Ciphertext* const> cts, std::size_t limb, std::size_t start) {
    for (std::size_t k = 0; k < cts.size(); ++k)
      for (std::size_t part = 0; part < 2; ++part)
        std::copy_n(cts[k]->part(part).limb(limb).data() + start, count_,
                    words_.data() + (2 * k + part) * stride_);
  }
  const std::uint32_t* operator()(std::size_t ciphertext, std::size_t part) const {
    return words_.data() + (2 * ciphertext + part) * stride_;
  }

 private:
  std::size_t count_, stride_;
  AlignedVector<std::uint32_t> words_;
};

/// One row's sum over a piece.
class RowSum {
 public:
  RowSum(std::size_t terms, const math::Modulus& q)
      : plain_(terms), c0_(terms), c1_(terms), q_(q) {}

  /// The piece begins at word `start` of the row's plaintexts.
  void operator()(std::uint32_t* out0, std::uint32_t* out1, const Piece& piece,
                  std::span<const std::uint32_t* const> row, std::size_t start) {
    std::size_t terms = 0;
    for (std::size_t k = 0; k < row.size(); ++k) {
      if (row[k] == nullptr) continue;
      plain_[terms] = row[k] + start;
      c0_[terms] = piece(k, 0);
      c1_[terms] = piece(k, 1);
      ++terms;
    }
    std::fill_n(out0, piece.count(), 0U);
    std::fill_n(out1, piece.count(), 0U);
    for (std::size_t k = 0; k < terms; k += kStreams)
      math::kernels().inner_product_pair_onto(out0, out1, plain_.data() + k, c0_.data() + k,
                                              c1_.data() + k, std::min(kStreams, terms - k),
                                              piece.count(), q_);
  }

 private:
  std::vector<const std::uint32_t*> plain_, c0_, c1_;
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
  if (first_plaintext(matrix)->run() > 1) {
    const RepeatedMatrix repeated(matrix.plaintexts, matrix.rows);
    return repeated.multiply_accumulate_limb(params, outs, cts, limb);
  }
  std::vector<const std::uint32_t*> words;
  words.reserve(matrix.plaintexts.size());
  for (const Plaintext* plaintext : matrix.plaintexts)
    words.push_back(plaintext == nullptr ? nullptr : plaintext->poly().limb(limb).data());
  multiply_accumulate_limb(params, outs, cts, LimbMatrix{words, matrix.rows}, limb);
}

void multiply_accumulate_limb(const Params& params, std::span<Ciphertext* const> outs,
                              std::span<const Ciphertext* const> cts, const LimbMatrix& matrix,
                              std::size_t limb) {
  RowSum row_sum(cts.size(), params.basis().modulus(static_cast<std::uint32_t>(limb)));
  Piece piece(cts.size(), piece_words(cts.size(), params.n()));
  for (std::size_t start = 0; start < params.n(); start += piece.count()) {
    piece.gather(cts, limb, start);
    for (std::size_t row = 0; row < matrix.rows; ++row) {
      row_sum(outs[row]->part(0).limb(limb).data() + start,
              outs[row]->part(1).limb(limb).data() + start, piece,
              matrix.words.subspan(row * cts.size(), cts.size()), start);
    }
  }
}

void accumulate_products_limb(const Params& params, Ciphertext& out,
                              std::span<const Ciphertext* const> cts,
                              std::span<const std::uint32_t* const> words, std::size_t limb) {
  std::vector<const std::uint32_t*> plain, c0, c1;
  for (std::size_t k = 0; k < cts.size(); ++k) {
    if (words[k] == nullptr) continue;
    plain.push_back(words[k]);
    c0.push_back(cts[k]->part(0).limb(limb).data());
    c1.push_back(cts[k]->part(1).limb(limb).data());
  }
  math::kernels().inner_product_pair_onto(out.part(0).limb(limb).data(),
                                          out.part(1).limb(limb).data(), plain.data(), c0.data(),
                                          c1.data(), plain.size(), params.n(),
                                          params.basis().modulus(static_cast<std::uint32_t>(limb)));
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
