#include "plan/noise.h"

#include <algorithm>
#include <cmath>

#include "ckks/compact.h"

namespace veilray::plan {
namespace {

constexpr double kErrorVariance = 10.5;
constexpr double kRoundingVariance = 1.0 / 12;
constexpr double kSecretVariance = 2.0 / 3;

}  // namespace

double NoiseModel::in_slots(double coefficient_variance) const {
  return std::sqrt(coefficient_variance * params_.n() / 2.0);
}

double NoiseModel::fresh() const { return in_slots(kErrorVariance + kRoundingVariance); }

double NoiseModel::encoding() const { return in_slots(kRoundingVariance); }

double NoiseModel::rescale() const {
  return in_slots(kRoundingVariance * (1 + params_.n() * kSecretVariance));
}

double NoiseModel::compaction(std::uint32_t period) const {
  const double coefficients = ckks::compact_coefficients(period);
  const double variance = kRoundingVariance * (1 + params_.n() * kSecretVariance);
  return std::sqrt(variance * coefficients / 2.0);
}

double NoiseModel::key_switch(ckks::Level level) const {
  // Each digit is uniform below the product of its primes; the last may hold fewer of them.
  double digits_variance = 0;
  const std::uint32_t size = params_.spec().digit_primes();
  for (std::uint32_t first = 0; first < level.limbs(); first += size) {
    double log_digit = 0;
    const std::uint32_t end = std::min(first + size, level.limbs());
    for (std::uint32_t limb = first; limb < end; ++limb)
      log_digit += std::log2(params_.prime({limb}));
    digits_variance += std::exp2(2 * (log_digit - params_.log_p())) / 12;
  }
  const double rounding = kRoundingVariance * (1 + params_.n() * kSecretVariance);
  return in_slots(digits_variance * params_.n() * kErrorVariance + rounding);
}

}  // namespace veilray::plan
