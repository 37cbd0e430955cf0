#include "ring/basis.h"

#include <algorithm>
#include <bit>
#include <string>

#include "base/error.h"

namespace veilray::ring {
namespace {

constexpr std::size_t kMaxSpecialPrimes = 30;

std::vector<math::Modulus> checked(std::span<const math::Modulus> chain,
                                   std::span<const math::Modulus> special) {
  if (chain.empty() || special.empty() || special.size() > kMaxSpecialPrimes) {
    throw Error(ErrorCode::kInvalidArgument, "a basis of " + std::to_string(chain.size()) +
                                                 " chain and " + std::to_string(special.size()) +
                                                 " special primes");
  }
  std::vector<math::Modulus> moduli(chain.begin(), chain.end());
  moduli.insert(moduli.end(), special.begin(), special.end());
  return moduli;
}

std::vector<math::NttTables> tables_of(std::span<const math::Modulus> moduli, std::uint32_t log_n) {
  std::vector<math::NttTables> tables;
  for (const math::Modulus& q : moduli) tables.emplace_back(q, log_n);
  return tables;
}

/// The product of a group, leaving out prime `except`, modulo t.
std::uint32_t product_mod(std::span<const math::Modulus> primes, PrimeGroup group,
                          std::uint32_t except, const math::Modulus& t) {
  std::uint32_t product = 1;
  for (std::uint32_t i = group.first; i < group.first + group.count; ++i) {
    if (i != except) product = t.mul(product, primes[i].value() % t.value());
  }
  return product;
}

constexpr std::uint32_t kNone = ~0U;

}  // namespace

BaseConversion::BaseConversion(std::span<const math::Modulus> primes,
                               std::span<const math::NttTables> tables, PrimeGroup from)
    : from_(from) {
  int bits = 32;
  for (std::uint32_t i = from.first; i < from.first + from.count; ++i) {
    const math::Modulus& r = primes[i];
    hat_inverses_.push_back(tables[i].inverse_factor(r.inverse(product_mod(primes, from, i, r))));
    bits = std::min(bits, static_cast<int>(std::bit_width(r.value())));
  }
  // Reciprocals fit 31 bits, and sums of 30 terms below 2^59 fit 64.
  fraction_bits_ = static_cast<std::uint32_t>(29 + bits);
  for (std::uint32_t i = from.first; i < from.first + from.count; ++i) {
    const std::uint64_t one = std::uint64_t{1} << fraction_bits_;
    reciprocals_.push_back(static_cast<std::uint32_t>(one / primes[i].value()));
  }
  for (const math::Modulus& t : primes) {
    for (std::uint32_t i = from.first; i < from.first + from.count; ++i) {
      factors_.push_back(product_mod(primes, from, i, t));
    }
    factors_.push_back(t.neg(product_mod(primes, from, kNone, t)));
  }
}

Basis::Basis(std::uint32_t log_n, std::span<const math::Modulus> chain,
             std::span<const math::Modulus> special)
    : log_n_(log_n),
      chain_count_(static_cast<std::uint32_t>(chain.size())),
      moduli_(checked(chain, special)),
      ntt_(tables_of(moduli_, log_n)),
      special_conversion_(moduli_, ntt_,
                          {chain_count_, static_cast<std::uint32_t>(special.size())}) {
  const std::uint32_t size = digit_size(special_count());
  for (std::uint32_t first = 0; first < chain_count_; first += size) {
    for (std::uint32_t count = 1; count <= size; ++count) {
      const std::uint32_t live = std::min(count, chain_count_ - first);
      digit_conversions_.emplace_back(moduli_, ntt_, PrimeGroup{first, live});
    }
  }
  for (std::uint32_t last = 0; last < chain_count_; ++last) {
    for (std::uint32_t i = 0; i < chain_count_; ++i) {
      const math::Modulus& q = moduli_[i];
      rescale_factors_.push_back(q.shoup(q.inverse(moduli_[last].value() % q.value())));
    }
  }
  for (std::uint32_t i = 0; i < chain_count_; ++i) {
    const math::Modulus& q = moduli_[i];
    const std::uint32_t product = product_mod(moduli_, special_conversion_.from(), kNone, q);
    special_product_.push_back(q.shoup(product));
    special_product_inverse_.push_back(q.shoup(q.inverse(product)));
  }
}

PrimeGroup Basis::digit_primes(std::uint32_t digit, std::uint32_t chain_limbs) const noexcept {
  const std::uint32_t size = digit_size(special_count()), first = digit * size;
  VEILRAY_ASSERT(first < chain_limbs);
  return {first, std::min(size, chain_limbs - first)};
}

const BaseConversion& Basis::digit_conversion(std::uint32_t digit,
                                              std::uint32_t chain_limbs) const noexcept {
  const PrimeGroup group = digit_primes(digit, chain_limbs);
  return digit_conversions_[digit * digit_size(special_count()) + group.count - 1];
}

}  // namespace veilray::ring
