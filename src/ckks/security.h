#pragma once
#include <cstdint>

namespace veilray::ckks {

/// The largest log2(QP) that keeps 128 bits of classical security at ring degree 2^log_n, ternary
/// secret, error of standard deviation 3.2; zero for a degree the table does not hold.
/// Source: Bossuat et al., Security Guidelines for Implementing Homomorphic Encryption (2024),
/// table 5.2.
double max_log_qp(std::uint32_t log_n) noexcept;

/// 128 when the table covers the parameters, else 0: "no promise".
std::uint32_t security_bits(std::uint32_t log_n, double log_qp) noexcept;

}  // namespace veilray::ckks
