#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "ckks/types.h"
#include "ring/poly.h"

namespace veilray::ring {
class Basis;
}

namespace veilray::ckks {

/// What one may ask for. Unchecked until `Params::create` has seen it.
struct ParamsSpec {
  std::uint32_t log_n = 14;
  std::uint32_t chain_primes = 11;
  std::uint32_t special_primes = 3;
  std::uint32_t chain_prime_bits = 30;  // of q_0..q_L; the special primes always have 30

  /// Limbs of a digit of a key switch: ring::digit_size.
  std::uint32_t digit_primes() const noexcept;
  /// Digits of a key switch at `level`.
  std::uint32_t dnum(Level level) const noexcept;
  friend bool operator==(const ParamsSpec&, const ParamsSpec&) = default;
};

class Params;
namespace testing {
Result<Params> toy_params(const ParamsSpec& spec);
}

/// A checked parameter set: immutable. Everything else refers to one, so it must stay where it is
/// while in use (moving a Params invalidates no reference to its basis, but those to itself).
class Params {
 public:
  /// Fails with kInvalidArgument, or kInsecure when log2(QP) is above the 128-bit table. The primes
  /// follow from the spec: the largest ones that fit, special primes first.
  static Result<Params> create(const ParamsSpec& spec);

  Params(Params&&) noexcept;
  Params& operator=(Params&&) noexcept;
  ~Params();

  const ParamsSpec& spec() const noexcept { return spec_; }
  std::uint32_t log_n() const noexcept { return spec_.log_n; }
  std::uint32_t n() const noexcept { return 1U << spec_.log_n; }
  std::uint32_t slots() const noexcept { return n() / 2; }
  Level max_level() const noexcept { return {spec_.chain_primes - 1}; }
  std::uint32_t special_primes() const noexcept { return spec_.special_primes; }
  std::uint32_t dnum(Level level) const noexcept { return spec_.dnum(level); }
  std::uint32_t dnum() const noexcept { return dnum(max_level()); }
  /// q_level, the prime that a rescale from `level` divides by.
  std::uint32_t prime(Level level) const noexcept;

  /// log2 of q_0 ... q_L; of q_0 ... q_level.
  double log_q() const noexcept;
  double log_q(Level level) const noexcept;
  double log_p() const noexcept;
  double log_qp() const noexcept { return log_q() + log_p(); }
  std::uint32_t security_bits() const noexcept;

  ring::Shape shape(Level level) const noexcept { return {n(), level.limbs(), 0}; }
  /// With the special primes.
  ring::Shape extended_shape(Level level) const noexcept {
    return {n(), level.limbs(), spec_.special_primes};
  }
  const ring::Basis& basis() const noexcept { return *basis_; }
  /// SHA-256 over the canonical bytes: what binds keys, ciphertexts and models together.
  const Sha256& fingerprint() const noexcept { return fingerprint_; }

 private:
  friend Result<Params> testing::toy_params(const ParamsSpec& spec);
  Params(const ParamsSpec& spec, std::unique_ptr<const ring::Basis> basis);
  static Result<Params> create_unchecked(const ParamsSpec& spec);

  ParamsSpec spec_;
  std::unique_ptr<const ring::Basis> basis_;
  Sha256 fingerprint_{};
};

}  // namespace veilray::ckks
