#include "cli/unit_times.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <limits>
#include <vector>

#include "base/aligned.h"
#include "base/random.h"
#include "math/kernels/table.h"
#include "math/ntt.h"
#include "math/primes.h"

namespace veilray::cli {
namespace {

using math::Residue;

constexpr std::uint32_t kLogN = 14;
constexpr std::size_t kN = std::size_t{1} << kLogN;
constexpr std::size_t kDigits = 3;   // of a key switch
constexpr std::size_t kStreams = 8;  // plaintexts that are read side by side
constexpr std::size_t kTerms = 32;   // ciphertexts that a repeated plaintext's run multiplies
constexpr std::size_t kRun = 64;     // words of it
/// Far more than caches hold.
constexpr std::size_t kMemoryWords = std::size_t{64} << 18U;

double best_us(int runs, const std::function<void()>& work) {
  double best = std::numeric_limits<double>::infinity();
  for (int run = 0; run < runs; ++run) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count());
  }
  return best;
}

AlignedVector<Residue> residues(std::size_t count, const math::Modulus& q) {
  // The time does not depend on the values.
  AlignedVector<Residue> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = static_cast<Residue>(i * 2654435761U) % q.value();
  return values;
}

/// `count` pointers, `stride` words apart.
std::vector<const Residue*> every(const Residue* first, std::size_t count, std::size_t stride) {
  std::vector<const Residue*> pointers;
  for (std::size_t k = 0; k < count; ++k) pointers.push_back(first + k * stride);
  return pointers;
}

double ntt_us(const math::Modulus& q) {
  const math::NttTables tables(q, kLogN);
  auto values = residues(kN, q);
  return best_us(50, [&] { math::ntt_forward(values, tables); });
}

/// One of the passes of a key switch's inner product.
double multiply_us(const math::Modulus& q) {
  constexpr std::size_t kStride = kN + 64;
  const auto in = residues(3 * kDigits * kStride, q);
  AlignedVector<Residue> out0(kN), out1(kN);
  const auto pointers = every(in.data(), 3 * kDigits, kStride);
  const auto work = [&] {
    math::kernels().inner_product_pair(out0.data(), out1.data(), pointers.data(),
                                       pointers.data() + kDigits, pointers.data() + 2 * kDigits,
                                       kDigits, kN, q);
  };
  return best_us(50, work) / (2 * kDigits);
}

/// The same of a key, which comes from memory, and is read from there by every rotation.
double key_us(const math::Modulus& q, const AlignedVector<Residue>& memory) {
  const auto digits = residues(kDigits * kN, q);
  AlignedVector<Residue> out0(kN), out1(kN);
  const auto digit = every(digits.data(), kDigits, kN);
  const std::size_t keys = memory.size() / (2 * kDigits * kN);
  const auto work = [&] {
    for (std::size_t key = 0; key < keys; ++key) {
      const auto parts = every(memory.data() + key * 2 * kDigits * kN, 2 * kDigits, kN);
      math::kernels().inner_product_pair(out0.data(), out1.data(), digit.data(), parts.data(),
                                         parts.data() + kDigits, kDigits, kN, q);
    }
  };
  return best_us(2, work) / static_cast<double>(2 * kDigits * keys);
}

/// One limb of a plaintext that comes from memory, into both halves.
double stream_us(const math::Modulus& q, const AlignedVector<Residue>& memory) {
  constexpr std::size_t kStride = kN + 64;
  const auto cts = residues(2 * kStreams * kStride, q);
  AlignedVector<Residue> out0(kN), out1(kN);
  const auto c0 = every(cts.data(), kStreams, kStride);
  const auto c1 = every(cts.data() + kStreams * kStride, kStreams, kStride);
  const std::size_t groups = memory.size() / (kStreams * kN);
  const auto work = [&] {
    for (std::size_t g = 0; g < groups; ++g)
      math::kernels().inner_product_pair_onto(
          out0.data(), out1.data(), every(memory.data() + g * kStreams * kN, kStreams, kN).data(),
          c0.data(), c1.data(), kStreams, kN, q);
  };
  return best_us(2, work) / static_cast<double>(groups * kStreams);
}

/// The same of a plaintext that repeats.
double repeated_us(const math::Modulus& q) {
  const auto in = residues(kTerms * kRun, q);
  const auto factors = residues(kTerms * math::kCombined, q);
  AlignedVector<Residue> out(math::kCombined * kRun);
  std::array<Residue*, math::kCombined> outs{};
  for (std::size_t r = 0; r < outs.size(); ++r) outs[r] = out.data() + r * kRun;
  const auto pointers = every(in.data(), kTerms, kRun);
  const auto work = [&] {
    for (std::size_t run = 0; run < 2 * kN / kRun; ++run)
      math::kernels().combine(outs.data(), pointers.data(), factors.data(), kTerms, kRun, q);
  };
  return best_us(10, work) / static_cast<double>(kTerms * math::kCombined);
}

}  // namespace

plan::UnitTimes measure_unit_times() {
  const auto q = math::ntt_primes(kLogN, 1).value().front();
  const auto memory = residues(kMemoryWords, q);
  return {ntt_us(q), multiply_us(q), key_us(q, memory), stream_us(q, memory), repeated_us(q)};
}

}  // namespace veilray::cli
