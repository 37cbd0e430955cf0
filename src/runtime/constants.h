#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/aligned.h"
#include "base/progress.h"
#include "base/thread_pool.h"
#include "ckks/coefficient_plaintext.h"
#include "ckks/encoder.h"
#include "ckks/linear_transform.h"
#include "ckks/plaintext.h"
#include "ckks/repeated_matrix.h"
#include "plan/program.h"

namespace veilray::runtime {

/// What a thread needs to read one limb of a layer's weights; kept from limb to limb.
struct LimbScratch {
  std::vector<const std::uint32_t*> words;
  AlignedVector<std::uint32_t> transformed;  // a few diagonals
};

/// A program's weights as plaintexts, encoded once, each at the level and scale where it is used.
/// Diagonals that are equal (a convolution has the same weights at every position) share one
/// plaintext, and where their slots repeat (plan::SlotMatrix::weight_period) it is a short one.
/// What does not fit a budget is kept as coefficients, a word each instead of one a prime (a tenth
/// of the memory, or less), and transformed whenever it is read.
class EncodedConstants {
 public:
  static constexpr std::uint64_t kUnlimited = UINT64_MAX;

  /// `budget`: bytes that diagonals may take as plaintexts; those that repeat take what they must.
  EncodedConstants(const plan::Program& program, const ckks::Encoder& encoder, ThreadPool& pool,
                   Progress& progress, std::uint64_t budget = kUnlimited);

  /// Of a layer's diagonals.
  ckks::Scale scale(std::uint32_t layer) const { return layers_[layer].scale; }
  /// Limb `limb` of a layer's products (op::ProductSums): `outs` came from ckks::make_products.
  void multiply_accumulate_limb(const ckks::Params& params, std::uint32_t layer,
                                std::span<ckks::Ciphertext* const> outs,
                                std::span<const ckks::Ciphertext* const> cts, std::uint32_t limb,
                                LimbScratch& scratch) const;
  /// The diagonals, if their slots repeat; else null.
  const ckks::RepeatedMatrix* repeated(std::uint32_t layer) const {
    return layers_[layer].repeated ? &*layers_[layer].repeated : nullptr;
  }
  const ckks::Plaintext& bias(std::uint32_t layer, std::uint32_t out) const {
    return layers_[layer].biases[out];
  }
  std::uint64_t bytes() const noexcept { return bytes_; }

  /// What bytes() will be, as far as a program tells: each diagonal as if there were none equal to
  /// it, which is too much where a convolution's do not repeat.
  static std::uint64_t expected_bytes(const plan::Program& program, const ckks::Params& params,
                                      std::uint64_t budget);

 private:
  using Diagonal = std::variant<ckks::Plaintext, ckks::CoefficientPlaintext>;
  static constexpr std::size_t kNone = SIZE_MAX;
  struct Layer {
    ckks::Scale scale;
    std::vector<Diagonal> diagonals;               // the distinct ones
    std::vector<std::size_t> matrix;               // which of them, or kNone
    std::size_t rows = 0;                          // giants
    bool whole = true;                             // all diagonals are plaintexts
    std::optional<ckks::RepeatedMatrix> repeated;  // instead of the above
    std::vector<ckks::Plaintext> biases;           // one an output ciphertext
  };
  using Outs = std::span<ckks::Ciphertext* const>;
  using Ciphertexts = std::span<const ckks::Ciphertext* const>;
  static void multiply_whole(const ckks::Params& params, const Layer& layer, Outs outs,
                             Ciphertexts cts, std::uint32_t limb, LimbScratch& scratch);
  static void multiply_transformed(const ckks::Params& params, const Layer& layer, Outs outs,
                                   Ciphertexts cts, std::uint32_t limb, LimbScratch& scratch);
  void encode_repeated(const plan::LinearLayer& source, Layer& encoded, std::uint32_t period,
                       ckks::Level level, const ckks::Encoder& encoder, ThreadPool& pool);
  void encode_diagonals(const plan::Program& program, std::uint32_t layer, ckks::Level level,
                        ckks::Scale scale, const ckks::Encoder& encoder, ThreadPool& pool);

  std::vector<Layer> layers_;
  std::uint64_t bytes_ = 0;
  std::uint64_t budget_;  // what is left of it
};

}  // namespace veilray::runtime
