#pragma once
// What the tests of this module share: reproducible inputs and slow, plain references.
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/aligned.h"
#include "math/kernels/table.h"
#include "math/modulus.h"

namespace veilray::math::testing {

using Residues = AlignedVector<Residue>;

/// A generator whose seed the failing test prints (SCOPED_TRACE in the tests).
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() { return engine_(); }
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }

  Residues residues(std::size_t n, std::uint64_t bound) {
    Residues values(n);
    for (Residue& value : values) value = static_cast<Residue>(below(bound));
    return values;
  }
  /// Values at the ends of [0, bound) more often than not: where carries and reductions go wrong.
  Residues edgy(std::size_t n, std::uint64_t bound) {
    Residues values = residues(n, bound);
    for (Residue& value : values) {
      const std::uint64_t choice = below(6), near = below(3) % bound;
      if (choice < 2) value = static_cast<Residue>(near);
      if (choice == 2 || choice == 3) value = static_cast<Residue>(bound - 1 - near);
    }
    return values;
  }

 private:
  std::mt19937_64 engine_;
};

inline std::uint64_t multiply_mod(std::uint64_t a, std::uint64_t b, std::uint64_t q) {
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(a) * b % q);
}

inline std::uint64_t power_mod(std::uint64_t base, std::uint64_t exponent, std::uint64_t q) {
  std::uint64_t result = 1 % q;
  for (; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = multiply_mod(result, base, q);
    base = multiply_mod(base, base, q);
  }
  return result;
}

/// Tests with this parameter run once for every kernel table of this machine.
class PerKernelTable : public ::testing::TestWithParam<const KernelTable*> {
 protected:
  const KernelTable& table() const { return *GetParam(); }
};

inline std::string table_name(const ::testing::TestParamInfo<const KernelTable*>& info) {
  return info.param->name;
}

}  // namespace veilray::math::testing
