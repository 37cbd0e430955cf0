#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "ckks/ciphertext.h"
#include "ckks/params.h"
#include "ckks/plaintext.h"

namespace veilray::ckks {

/// out_j = sum_k plain_{j,k} * ct_k for all j at once, without rescale.
///
/// plaintexts are row-major, rows x cts.size(); a null one is zero and costs nothing. Ciphertexts
/// are of degree 1 and of one level and scale, plaintexts of one scale and of that level or above.
/// Every ciphertext word is read from memory once, however many rows there are.
///
/// Caller may split the work: `make_products` allocates, then any thread may call
/// `multiply_accumulate_limb` for any limb in [0, level.limbs()), each exactly once.
struct PlainMatrix {
  std::span<const Plaintext* const> plaintexts;
  std::size_t rows = 0;
};

/// One limb of a matrix: the n words of each plaintext, row-major; a null one is zero.
struct LimbMatrix {
  std::span<const std::uint32_t* const> words;
  std::size_t rows = 0;
};

/// Throws: Error{kLevelMismatch, kScaleMismatch, kInvalidArgument} for operands that do not fit; a
/// matrix whose plaintexts are all null.
std::vector<Ciphertext> make_products(const Params& params, std::span<const Ciphertext* const> cts,
                                      const PlainMatrix& matrix, Workspace& workspace);

/// For plaintexts of that scale that are not at hand.
std::vector<Ciphertext> make_products(const Params& params, std::span<const Ciphertext* const> cts,
                                      Scale plain_scale, std::size_t rows, Workspace& workspace);

/// Fills limb `limb` of every out. Precondition: `outs` came from `make_products` of these
/// operands.
void multiply_accumulate_limb(const Params& params, std::span<Ciphertext* const> outs,
                              std::span<const Ciphertext* const> cts, const PlainMatrix& matrix,
                              std::size_t limb);

void multiply_accumulate_limb(const Params& params, std::span<Ciphertext* const> outs,
                              std::span<const Ciphertext* const> cts, const LimbMatrix& matrix,
                              std::size_t limb);

/// Limb `limb` of out += sum over k of words[k] * cts[k], where words[k] is that limb of a
/// plaintext, or null for zero: for plaintexts that are made when they are needed, a few at a time.
void accumulate_products_limb(const Params& params, Ciphertext& out,
                              std::span<const Ciphertext* const> cts,
                              std::span<const std::uint32_t* const> words, std::size_t limb);

/// All limbs, on this thread.
std::vector<Ciphertext> multiply_accumulate(const Params& params,
                                            std::span<const Ciphertext* const> cts,
                                            const PlainMatrix& matrix, Workspace& workspace);

}  // namespace veilray::ckks
