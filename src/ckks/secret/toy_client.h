#pragma once
// For tests only: everything a client has, at a size that is fast and not secure.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/random.h"
#include "ckks/encoder.h"
#include "ckks/evaluator.h"
#include "ckks/params.h"
#include "ckks/secret/decryptor.h"
#include "ckks/secret/key_generator.h"
#include "ckks/secret/noise_meter.h"
#include "ckks/secret/secret_encryptor.h"
#include "ckks/toy_params.h"
#include "ring/basis.h"

namespace veilray::ckks::testing {

inline constexpr ParamsSpec kToy{.log_n = 10, .chain_primes = 4, .special_primes = 2};
inline constexpr Scale kToyScale{0x1p30};

struct ToyClient {
  explicit ToyClient(const ParamsSpec& spec = kToy, std::uint64_t seed = 1)
      : params(toy_params(spec).value()), secret_rng(seed), public_rng(seed + 1000) {}
  ToyClient(const ToyClient&) = delete;
  ToyClient& operator=(const ToyClient&) = delete;

  /// Values in [-1, 1].
  std::vector<double> random_values() {
    std::vector<double> values(params.slots());
    for (double& v : values) v = static_cast<double>(secret_rng.next_u64() >> 11) * 0x1p-52 - 1;
    return values;
  }
  Ciphertext encrypt(std::span<const double> values, Level level) {
    return encryptor.encrypt(encoder.encode(values, level, kToyScale));
  }
  /// sum_k row_k * ct_k, product by product; a null plaintext is zero, and not all are.
  Ciphertext sum_of_products(std::span<const Ciphertext> cts,
                             std::span<const Plaintext* const> row) {
    Ciphertext sum;
    for (std::size_t k = 0; k < cts.size(); ++k) {
      if (row[k] == nullptr) continue;
      auto term = evaluator.multiply_plain(cts[k], *row[k]);
      sum = sum.degree() == 0 ? std::move(term) : evaluator.add(std::move(sum), term);
    }
    return sum;
  }
  GaloisKeys keys_for(std::span<const RotationStep> steps, Level level) {
    std::vector<RotationRequest> requests;
    for (const RotationStep step : steps) requests.push_back({step, level});
    return generator.galois_keys(requests);
  }

  // Of one coefficient.
  static constexpr double kErrorVariance = 10.5;
  /// Rounding c_0 and c_1 to integers: 1/12 each, the second times the secret.
  double rounding_variance() const { return (1 + params.n() * 2.0 / 3) / 12; }
  /// Each digit, uniform below its primes' product, times an error; divided by P; rounded.
  double key_switch_variance(Level level) const {
    double sum = 0;
    for (std::uint32_t digit = 0; digit < params.dnum(level); ++digit) {
      const auto group = params.basis().digit_primes(digit, level.limbs());
      double log_digit = 0;
      for (std::uint32_t i = 0; i < group.count; ++i) {
        log_digit += std::log2(params.basis().modulus(group.first + i).value());
      }
      sum += std::exp2(2 * (log_digit - params.log_p())) / 12;
    }
    return sum * params.n() * kErrorVariance + rounding_variance();
  }

  Params params;
  SeededRng secret_rng;
  SeededRng public_rng;
  SecretKey secret_key{params, secret_rng};
  KeyGenerator generator{params, secret_key, secret_rng, public_rng};
  Encoder encoder{params};
  SecretKeyEncryptor encryptor{params, secret_key, secret_rng, public_rng};
  Decryptor decryptor{params, secret_key};
  Evaluator evaluator{params};
  Workspace workspace;
};

inline double largest_difference(std::span<const double> a, std::span<const double> b) {
  double largest = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    largest = std::max(largest, std::abs(a[i] - b[i]));
  }
  return largest;
}

inline bool same_bits(const Ciphertext& a, const Ciphertext& b) {
  bool same = a.degree() == b.degree() && a.level() == b.level();
  for (std::uint32_t part = 0; same && part < a.parts(); ++part) {
    for (std::uint32_t i = 0; i < a.level().limbs(); ++i) {
      same &= std::ranges::equal(a.part(part).limb(i), b.part(part).limb(i));
    }
  }
  return same;
}

}  // namespace veilray::ckks::testing
