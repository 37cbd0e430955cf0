#pragma once
// The primes that a negacyclic transform of size n can use: q = 1 mod 2n.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "math/modulus.h"

namespace veilray::math {

/// Ring degrees n = 2^log_n that the transforms accept.
inline constexpr std::uint32_t kMinLogN = 4;
inline constexpr std::uint32_t kMaxLogN = 16;

/// Exact for every 32-bit number (Miller-Rabin to the bases 2, 3, 5, 7).
bool is_prime(std::uint32_t candidate) noexcept;

/// The `count` largest primes below `below` that are 1 mod 2^(log_n + 1), largest first.
/// Fails with kInvalidArgument if log_n or `below` is out of range or there are not enough primes.
Result<std::vector<Modulus>> ntt_primes(std::uint32_t log_n, std::size_t count,
                                        Residue below = kResidueBound);

/// The smallest primitive 2n-th root of unity modulo the prime q.
/// Throws: Error{kInvalidArgument} unless q = 1 mod 2n.
Residue primitive_root(const Modulus& q, std::uint32_t log_n);

}  // namespace veilray::math
