#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/progress.h"
#include "base/thread_pool.h"
#include "ckks/encoder.h"
#include "ckks/plaintext.h"
#include "plan/program.h"

namespace veilray::runtime {

/// A program's weights as plaintexts, encoded once, each at the level and scale where it is used.
/// Diagonals that are equal (a convolution has the same weights at every position) share one
/// plaintext.
class EncodedConstants {
 public:
  EncodedConstants(const plan::Program& program, const ckks::Encoder& encoder, ThreadPool& pool,
                   Progress& progress);

  /// Row-major giants x babies; null where the layer has no diagonal.
  std::span<const ckks::Plaintext* const> matrix(std::uint32_t layer) const {
    return layers_[layer].matrix;
  }
  const ckks::Plaintext& bias(std::uint32_t layer, std::uint32_t out) const {
    return layers_[layer].biases[out];
  }
  std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  struct Layer {
    std::vector<ckks::Plaintext> diagonals;  // the distinct ones
    std::vector<const ckks::Plaintext*> matrix;
    std::vector<ckks::Plaintext> biases;  // one an output ciphertext
  };
  void encode_diagonals(const plan::Program& program, std::uint32_t layer, ckks::Level level,
                        ckks::Scale scale, const ckks::Encoder& encoder, ThreadPool& pool);

  std::vector<Layer> layers_;
  std::uint64_t bytes_ = 0;
};

}  // namespace veilray::runtime
