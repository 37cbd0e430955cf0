#include "cli/unit_times.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <functional>
#include <vector>

#include "base/aligned.h"
#include "ckks/encoder.h"
#include "ckks/key_switch.h"
#include "ckks/repeated_matrix.h"
#include "math/kernels/table.h"
#include "math/ntt.h"
#include "math/primes.h"
#include "ring/basis.h"

namespace veilray::cli {
namespace {

using math::Residue;

constexpr std::size_t kPrimes = 14;  // of a usual modulus
constexpr std::size_t kDigits = 3;   // of a key switch
constexpr std::size_t kStreams = 8;  // plaintexts that are read side by side
// Of products with plaintexts that repeat:
constexpr std::size_t kTerms = 32;  // ciphertexts
constexpr std::size_t kSums = 16;   // of so many
constexpr std::size_t kRun = 64;    // words with one factor
/// Far more than caches hold.
constexpr std::size_t kMemoryWords = std::size_t{16} << 20U;
/// What the values that are alive at a time take.
constexpr std::size_t kTouchedWords = std::size_t{4} << 20U;

/// The median: a network meets whatever else slows this machine, too.
double median_us(int runs, const std::function<void()>& work) {
  std::vector<double> took;
  for (int run = 0; run < runs; ++run) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
    took.push_back(time.count());
  }
  std::ranges::nth_element(took, took.begin() + runs / 2);
  return took[static_cast<std::size_t>(runs / 2)];
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

/// Microseconds for one limb of n words.
class Units {
 public:
  explicit Units(std::uint32_t log_n)
      : log_n_(log_n),
        n_(std::size_t{1} << log_n),
        primes_(math::ntt_primes(log_n, kPrimes).value()),
        memory_(residues(kMemoryWords, q_)) {}

  /// As a key switch does it: the values are in cache, the twiddle factors are another prime's.
  double ntt() const {
    std::vector<math::NttTables> tables;
    for (const math::Modulus& q : primes_) tables.emplace_back(q, log_n_);
    auto values = residues(n_, q_);
    const auto work = [&] {
      for (const math::NttTables& of_prime : tables) math::ntt_forward(values, of_prime);
    };
    return median_us(10, work) / static_cast<double>(tables.size());
  }

  /// One of the passes of a key switch's inner product.
  double multiply() const {
    const std::size_t stride = n_ + 64;
    const auto in = residues(3 * kDigits * stride, q_);
    AlignedVector<Residue> out0(n_), out1(n_);
    const auto pointers = every(in.data(), 3 * kDigits, stride);
    const auto work = [&] {
      math::kernels().inner_product_pair(out0.data(), out1.data(), pointers.data(),
                                         pointers.data() + kDigits, pointers.data() + 2 * kDigits,
                                         kDigits, n_, q_);
    };
    return median_us(50, work) / (2 * kDigits);
  }

  /// The same of a key, which comes from memory, and is read from there by every rotation.
  double key() const {
    const auto digits = residues(kDigits * n_, q_);
    AlignedVector<Residue> out0(n_), out1(n_);
    const auto digit = every(digits.data(), kDigits, n_);
    const std::size_t keys = memory_.size() / (2 * kDigits * n_);
    const auto work = [&] {
      for (std::size_t k = 0; k < keys; ++k) {
        const auto parts = every(memory_.data() + k * 2 * kDigits * n_, 2 * kDigits, n_);
        math::kernels().inner_product_pair(out0.data(), out1.data(), digit.data(), parts.data(),
                                           parts.data() + kDigits, kDigits, n_, q_);
      }
    };
    return median_us(3, work) / static_cast<double>(2 * kDigits * keys);
  }

  /// Copying: one limb is fetched and one is left behind.
  double touch() const {
    AlignedVector<Residue> out(kTouchedWords / 2);
    const auto work = [&] { std::copy_n(memory_.begin(), out.size(), out.begin()); };
    return median_us(6, work) * static_cast<double>(n_) / kTouchedWords;
  }

  /// One limb of a plaintext that comes from memory, into both halves.
  double stream() const {
    const std::size_t stride = n_ + 64;
    const auto cts = residues(2 * kStreams * stride, q_);
    AlignedVector<Residue> out0(n_), out1(n_);
    const auto c0 = every(cts.data(), kStreams, stride);
    const auto c1 = every(cts.data() + kStreams * stride, kStreams, stride);
    const std::size_t groups = memory_.size() / (kStreams * n_);
    const auto work = [&] {
      for (std::size_t g = 0; g < groups; ++g)
        math::kernels().inner_product_pair_onto(
            out0.data(), out1.data(),
            every(memory_.data() + g * kStreams * n_, kStreams, n_).data(), c0.data(), c1.data(),
            kStreams, n_, q_);
    };
    return median_us(3, work) / static_cast<double>(groups * kStreams);
  }

 private:
  std::uint32_t log_n_;
  std::size_t n_;
  std::vector<math::Modulus> primes_;
  math::Modulus q_ = primes_.front();
  AlignedVector<Residue> memory_;
};

/// Of the prime that each limb belongs to.
ring::NttPoly polynomial(const ckks::Params& params, const ring::Shape& shape) {
  ring::NttPoly poly(shape);
  for (std::uint32_t limb = 0; limb < shape.limbs(); ++limb) {
    const auto& q = params.basis().modulus(params.basis().prime_of(shape, limb));
    std::ranges::copy(residues(shape.n, q), poly.limb(limb).begin());
  }
  return poly;
}

/// One product of a limb of both halves with a plaintext that repeats, of many that are summed.
double repeated_us(const ckks::Params& params) {
  const ckks::Level level{0};
  const std::vector<double> weights(params.slots() / kRun, 0.5);
  const auto plaintext = ckks::Encoder(params).encode_periodic(weights, level, {0x1p20});
  const ckks::RepeatedMatrix matrix(std::vector<const ckks::Plaintext*>(kSums * kTerms, &plaintext),
                                    kSums);
  const auto ciphertexts = [&](std::size_t count) {
    std::vector<ckks::Ciphertext> made;
    for (std::size_t k = 0; k < count; ++k)
      made.emplace_back(polynomial(params, params.shape(level)),
                        polynomial(params, params.shape(level)), ckks::Scale{1});
    return made;
  };
  auto ins = ciphertexts(kTerms), outs = ciphertexts(kSums);
  std::vector<const ckks::Ciphertext*> in;
  for (const ckks::Ciphertext& ct : ins) in.push_back(&ct);
  std::vector<ckks::Ciphertext*> out;
  for (ckks::Ciphertext& ct : outs) out.push_back(&ct);
  const auto work = [&] { matrix.multiply_accumulate_limb(params, out, in, 0); };
  return median_us(10, work) / static_cast<double>(kSums * kTerms);
}

/// Milliseconds, by keys that are read from memory each time.
double rotation_ms(const ckks::Params& params) {
  constexpr int kKeys = 4, kRuns = 6;
  const ckks::Level top = params.max_level();
  const auto extended = params.extended_shape(top);
  std::vector<ckks::KeySwitchKey> keys(kKeys);
  for (auto& key : keys) {
    key.level = top;
    for (std::uint32_t digit = 0; digit < params.dnum(top); ++digit) {
      key.b.push_back(polynomial(params, extended));
      key.a.push_back(polynomial(params, extended));
    }
  }
  const auto c0 = polynomial(params, params.shape(top)), c1 = polynomial(params, params.shape(top));
  const math::AutomorphismTable automorphism(params.log_n(), 5);
  ckks::Workspace workspace;
  const auto work = [&] {
    for (const auto& key : keys) {
      auto pair = ckks::key_switch(params, c1, key, {&c0, nullptr, &automorphism}, workspace);
      workspace.give(std::move(pair.c0));
      workspace.give(std::move(pair.c1));
    }
  };
  return median_us(kRuns, work) / kKeys * 1e-3;
}

}  // namespace

plan::UnitTimes measure_unit_times(const ckks::Params& params) {
  const std::uint32_t log_n = params.log_n();
  const Units units(log_n);
  // What the cost model makes of the units of its own ring.
  const double size = std::ldexp(1.0, static_cast<int>(log_n) - plan::UnitTimes::kLogN);
  const double transform = size * log_n / plan::UnitTimes::kLogN;
  plan::UnitTimes times{.ntt_us = units.ntt() / transform,
                        .multiply_us = units.multiply() / size,
                        .key_us = units.key() / size,
                        .touch_us = units.touch() / size,
                        .stream_us = units.stream() / size,
                        .repeated_us = repeated_us(params) / size};
  times.switch_factor =
      rotation_ms(params) / plan::CostModel(params.spec(), times).rotate_ms(params.max_level());
  return times;
}

}  // namespace veilray::cli
