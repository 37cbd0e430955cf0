#include "math/primes.h"

#include <algorithm>
#include <bit>
#include <string>

namespace veilray::math {
namespace {

std::uint64_t power_mod(std::uint64_t base, std::uint32_t exponent, std::uint64_t modulus) {
  std::uint64_t result = 1;
  for (; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = result * base % modulus;
    base = base * base % modulus;
  }
  return result;
}

/// Whether `base` proves that the odd number `candidate` is composite.
bool is_witness(std::uint64_t base, std::uint32_t candidate) {
  const int twos = std::countr_zero(candidate - 1);
  std::uint64_t x = power_mod(base, (candidate - 1) >> twos, candidate);
  if (x == 1) return false;
  for (int i = 0; i < twos; ++i) {
    if (x == candidate - 1) return false;
    x = x * x % candidate;
  }
  return true;
}

Failure out_of_range(const std::string& what, const std::string& mend) {
  return {ErrorCode::kInvalidArgument, what, "primes for the number-theoretic transform", mend};
}

}  // namespace

bool is_prime(std::uint32_t candidate) noexcept {
  constexpr std::uint32_t kBases[] = {2, 3, 5, 7};
  if (candidate < 2) return false;
  for (const std::uint32_t base : kBases) {
    if (candidate % base == 0) return candidate == base;
  }
  return std::none_of(std::begin(kBases), std::end(kBases),
                      [&](std::uint32_t base) { return is_witness(base, candidate); });
}

Result<std::vector<Modulus>> ntt_primes(std::uint32_t log_n, std::size_t count, Residue below) {
  if (log_n < kMinLogN || log_n > kMaxLogN) {
    return out_of_range("log_n " + std::to_string(log_n), "use 4 to 16");
  }
  if (below > kResidueBound || below < 2) {
    return out_of_range("bound " + std::to_string(below), "use 2 to 2^30");
  }
  const Residue step = Residue{1} << (log_n + 1);
  std::vector<Modulus> primes;
  for (Residue k = (below - 2) / step; k > 0 && primes.size() < count; --k) {
    if (is_prime(k * step + 1)) primes.emplace_back(k * step + 1);
  }
  if (primes.size() < count) {
    return out_of_range("only " + std::to_string(primes.size()) + " of " + std::to_string(count) +
                            " primes below " + std::to_string(below),
                        "ask for fewer primes or a smaller ring");
  }
  return primes;
}

Residue primitive_root(const Modulus& q, std::uint32_t log_n) {
  if (log_n > kMaxLogN || (q.value() - 1) % (Residue{2} << log_n) != 0) {
    throw Error(ErrorCode::kInvalidArgument, "no root of unity of order 2 * 2^" +
                                                 std::to_string(log_n) + " modulo " +
                                                 std::to_string(q.value()));
  }
  const Residue order = Residue{2} << log_n;
  // Half of all x give a primitive root as x^((q-1)/2n); its odd powers are the others.
  Residue root = 0;
  for (Residue x = 2; root == 0; ++x) {
    const Residue candidate = q.pow(x, (q.value() - 1) / order);
    if (q.pow(candidate, order / 2) == q.value() - 1) root = candidate;
  }
  const ShoupFactor square = q.shoup(q.mul(root, root));
  Residue smallest = root;
  for (Residue i = 1; i < order / 2; ++i) {
    root = q.mul(root, square);
    smallest = std::min(smallest, root);
  }
  return smallest;
}

}  // namespace veilray::math
