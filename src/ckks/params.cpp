#include "ckks/params.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/bytes.h"
#include "base/file.h"
#include "ckks/security.h"
#include "math/primes.h"
#include "ring/basis.h"

namespace veilray::ckks {
namespace {

constexpr std::uint32_t kMaxChainPrimes = 64;
constexpr std::uint32_t kMaxSpecialPrimes = 30;
constexpr std::uint32_t kMinPrimeBits = 20;
constexpr std::uint32_t kMaxPrimeBits = 30;
constexpr std::uint32_t kMinLogN = 10;
constexpr std::uint32_t kMaxLogN = 16;

Failure invalid(std::string what, std::string mend) {
  return {ErrorCode::kInvalidArgument, std::move(what), "CKKS parameters", std::move(mend)};
}

Status check_ranges(const ParamsSpec& spec) {
  if (spec.log_n < kMinLogN || spec.log_n > kMaxLogN) {
    return invalid("log_n " + std::to_string(spec.log_n), "use 10 to 16");
  }
  if (spec.chain_primes < 1 || spec.chain_primes > kMaxChainPrimes) {
    return invalid(std::to_string(spec.chain_primes) + " chain primes", "use 1 to 64");
  }
  if (spec.special_primes < 1 || spec.special_primes > kMaxSpecialPrimes) {
    return invalid(std::to_string(spec.special_primes) + " special primes", "use 1 to 30");
  }
  if (spec.chain_prime_bits < kMinPrimeBits || spec.chain_prime_bits > kMaxPrimeBits) {
    return invalid("chain primes of " + std::to_string(spec.chain_prime_bits) + " bits",
                   "use 20 to 30");
  }
  return Done{};
}

struct Primes {
  std::vector<math::Modulus> chain;
  std::vector<math::Modulus> special;
};

/// The special primes are the largest, so that P is at least as large as any digit.
Result<Primes> choose_primes(const ParamsSpec& spec) {
  const bool one_size = spec.chain_prime_bits == kMaxPrimeBits;
  VEILRAY_TRY(large, math::ntt_primes(spec.log_n,
                                      spec.special_primes + (one_size ? spec.chain_primes : 0)));
  Primes primes;
  primes.special.assign(large.begin(), large.begin() + spec.special_primes);
  primes.chain.assign(large.begin() + spec.special_primes, large.end());
  if (!one_size) {
    VEILRAY_TRY(small, math::ntt_primes(spec.log_n, spec.chain_primes,
                                        std::uint32_t{1} << spec.chain_prime_bits));
    primes.chain = std::move(small);
  }
  if (primes.chain.back().value() >> (spec.chain_prime_bits - 1) != 1) {
    return invalid("not enough primes of " + std::to_string(spec.chain_prime_bits) + " bits",
                   "ask for fewer chain primes or more bits");
  }
  return primes;
}

double log2_of_primes(const ring::Basis& basis, std::uint32_t first, std::uint32_t count) {
  double bits = 0;
  for (std::uint32_t i = first; i < first + count; ++i) {
    bits += std::log2(static_cast<double>(basis.modulus(i).value()));
  }
  return bits;
}

/// Everything that decides whether two programs can read each other's residues.
Sha256 fingerprint_of(const ParamsSpec& spec, const ring::Basis& basis) {
  ByteWriter canonical;
  canonical.write_string("veilray ckks parameters 1");
  canonical.write(spec.log_n);
  canonical.write(basis.chain_count());
  canonical.write(basis.special_count());
  for (std::uint32_t i = 0; i < basis.chain_count() + basis.special_count(); ++i) {
    canonical.write(basis.modulus(i).value());
  }
  if (spec.digit_primes() != spec.special_primes) canonical.write(spec.digit_primes());
  return sha256(canonical.view());
}

}  // namespace

std::uint32_t ParamsSpec::digit_primes() const noexcept { return ring::digit_size(special_primes); }
std::uint32_t ParamsSpec::dnum(Level level) const noexcept {
  return ring::digit_count(level.limbs(), special_primes);
}

Params::Params(const ParamsSpec& spec, std::unique_ptr<const ring::Basis> basis)
    : spec_(spec), basis_(std::move(basis)), fingerprint_(fingerprint_of(spec, *basis_)) {}
Params::Params(Params&&) noexcept = default;
Params& Params::operator=(Params&&) noexcept = default;
Params::~Params() = default;

Result<Params> Params::create(const ParamsSpec& spec) {
  VEILRAY_TRY(params, create_unchecked(spec));
  if (params.security_bits() < 128) {
    const auto bits = static_cast<std::uint32_t>(std::ceil(params.log_qp()));
    const auto limit = static_cast<std::uint32_t>(max_log_qp(spec.log_n));
    return Failure{ErrorCode::kInsecure,
                   "log2(QP) " + std::to_string(bits) + " is below 128-bit security",
                   "N = 2^" + std::to_string(spec.log_n),
                   "use at most " + std::to_string(limit) + " bits or a larger N"};
  }
  return params;
}

Result<Params> Params::create_unchecked(const ParamsSpec& spec) {
  VEILRAY_CHECK_OK(check_ranges(spec));
  VEILRAY_TRY(primes, choose_primes(spec));
  return Params(spec,
                std::make_unique<const ring::Basis>(spec.log_n, primes.chain, primes.special));
}

std::uint32_t Params::prime(Level level) const noexcept {
  return basis_->modulus(level.value).value();
}
double Params::log_q() const noexcept { return log2_of_primes(*basis_, 0, spec_.chain_primes); }
double Params::log_q(Level level) const noexcept {
  return log2_of_primes(*basis_, 0, level.limbs());
}
double Params::log_p() const noexcept {
  return log2_of_primes(*basis_, spec_.chain_primes, spec_.special_primes);
}
std::uint32_t Params::security_bits() const noexcept {
  return ckks::security_bits(spec_.log_n, log_qp());
}

}  // namespace veilray::ckks
