#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ckks/params.h"
#include "ckks/types.h"

namespace veilray::ckks {

/// An encoded message before its transforms, made by an Encoder: one word a coefficient, whatever
/// the level, where a Plaintext keeps one for each prime. It costs a transform at each use of a
/// limb.
class CoefficientPlaintext {
 public:
  CoefficientPlaintext() = default;
  /// n coefficients, each in (-2 q, 2 q) for every prime q of the chain.
  CoefficientPlaintext(std::vector<std::int32_t> coefficients, Scale scale)
      : coefficients_(std::move(coefficients)), scale_(scale) {}

  Scale scale() const noexcept { return scale_; }
  std::size_t bytes() const noexcept { return coefficients_.size() * sizeof(std::int32_t); }

  /// out = what limb `limb` of the Plaintext would be, bit for bit; n words.
  void transform(std::span<std::uint32_t> out, const Params& params, std::uint32_t limb) const;

 private:
  std::vector<std::int32_t> coefficients_;
  Scale scale_;
};

}  // namespace veilray::ckks
