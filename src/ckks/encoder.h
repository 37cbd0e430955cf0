#pragma once
#include <complex>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ckks/coefficient_plaintext.h"
#include "ckks/params.h"
#include "ckks/plaintext.h"
#include "ckks/types.h"

namespace veilray::ckks {

/// The shortest period that is encoded as such: below it the transform of math refuses, and a row
/// of 16 residues would hold several runs.
inline constexpr std::uint32_t kMinPeriod = 8;

/// Slot vectors to plaintexts and back: the canonical embedding, rounded.
/// Immutable, safe to share. Doubles throughout, whatever the scale: an error of about 2^-50 of the
/// root mean square of the slots, beside the rounding to integers (about sqrt(n / 12) / scale).
class Encoder {
 public:
  explicit Encoder(const Params& params);
  ~Encoder();
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  const Params& params() const noexcept { return params_; }

  /// Slots beyond values.size() are zero.
  /// Throws: Error{kInvalidArgument} for more than slots() values, a value that is not finite, a
  /// scale that is not positive and finite, or a coefficient at or above Q_level / 2.
  Plaintext encode(std::span<const double> values, Level level, Scale scale) const;
  Plaintext encode(std::span<const std::complex<double>> values, Level level, Scale scale) const;

  /// `encode` without the transforms. Nothing, if a coefficient is too large for it.
  /// Throws: as encode.
  std::optional<CoefficientPlaintext> encode_coefficients(std::span<const double> values,
                                                          Level level, Scale scale) const;

  /// The slot vector that repeats `period` (a power-of-two count of at most slots() values) round
  /// the whole cycle. Costs a transform of size 2 * period and keeps 2 * period words a limb.
  Plaintext encode_periodic(std::span<const double> period, Level level, Scale scale) const;

  /// `value` in every slot; two words a limb.
  Plaintext encode_constant(double value, Level level, Scale scale) const;

  /// All slots. Exact up to the rounding of doubles whatever the level.
  std::vector<std::complex<double>> decode(const Plaintext& plaintext) const;
  /// The real parts of all slots.
  std::vector<double> decode_real(const Plaintext& plaintext) const;

 private:
  std::vector<std::complex<double>> in_all_slots(
      std::span<const std::complex<double>> values) const;
  /// `slots`: a power-of-two count that divides the cycle.
  Plaintext encode_slots(std::vector<std::complex<double>> slots, Level level, Scale scale) const;

  const Params& params_;
  struct Tables;
  std::unique_ptr<const Tables> tables_;
};

}  // namespace veilray::ckks
