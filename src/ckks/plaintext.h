#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "ckks/types.h"
#include "ring/poly.h"

namespace veilray::ckks {

/// An encoded message in the NTT domain, made by an Encoder.
///
/// A slot vector of period p encodes into powers of X^(n/2p), whose transform has only 2p distinct
/// values, each standing `run() = n/2p` times in a row. Such a plaintext keeps one word per run.
class Plaintext {
 public:
  Plaintext() = default;
  Plaintext(ring::NttPoly poly, Scale scale, std::uint32_t run = 1)
      : poly_(std::move(poly)), scale_(scale), run_(run) {}

  Level level() const noexcept { return {poly_.shape().chain_limbs - 1}; }
  Scale scale() const noexcept { return scale_; }
  /// Equal neighbours that one stored word stands for: 1 for an ordinary plaintext.
  std::uint32_t run() const noexcept { return run_; }
  std::uint32_t n() const noexcept { return poly_.n() * run_; }
  /// n / run residues per limb.
  const ring::NttPoly& poly() const noexcept { return poly_; }
  std::size_t bytes() const noexcept { return poly_.shape().words() * sizeof(std::uint32_t); }

  /// Reinterprets the message as message * old scale / new scale.
  void set_scale(Scale scale) noexcept { scale_ = scale; }

 private:
  ring::NttPoly poly_;
  Scale scale_;
  std::uint32_t run_ = 1;
};

}  // namespace veilray::ckks
