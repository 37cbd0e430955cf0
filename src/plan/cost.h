#pragma once
// What operations cost: the transforms and inner products they are made of, and the polynomials
// that they fetch from memory and leave there. The unit times are those of one limb at n = 2^14 and
// scale with n log n and n; docs/performance.md holds them against a machine.
#include <cstdint>
#include <vector>

#include "ckks/params.h"
#include "plan/count_splits.h"
#include "plan/program.h"

namespace veilray::plan {

/// By default those of two Zen 3 cores with AVX2 (docs/performance.md): plans are made by these, so
/// that a model compiled anywhere is the same.
struct UnitTimes {
  static constexpr int kLogN = 14;
  double ntt_us = 24.0;      // one transform of one limb, the next one modulo another prime
  double multiply_us = 3.0;  // one pass of products over one limb, in cache
  double key_us = 5.2;       // the same over one limb of a key, which comes from memory
  double touch_us = 4.0;     // one limb fetched that was last used a while ago, or left behind
  // One limb of a plaintext read from memory and multiplied into both halves.
  double stream_us = 17.0;
  double repeated_us = 2.4;  // the same, of a plaintext that is a few numbers, each many times
  /// By how much a rotation takes longer than the sum of its parts, which push one another out of
  /// the caches.
  double switch_factor = 1.0;
};

/// What is not time, in milliseconds of it: the one place where the planner weighs latency against
/// bytes. A key of one megabyte as sent is two in the server's memory, and weights that find no
/// room beside them are transformed at every use.
struct Prices {
  double key_megabyte_ms = 4.5;
  /// Keys that one more distinct step of a layer costs in the end: most steps are made of others.
  double keyed_share = 0.1;
};

class CostModel {
 public:
  explicit CostModel(const ckks::ParamsSpec& params, const UnitTimes& units = {},
                     const Prices& prices = {});

  /// Milliseconds on one thread, at a level.
  double hoist_ms(ckks::Level level) const;
  double rotate_hoisted_ms(ckks::Level level) const;
  double rotate_ms(ckks::Level level) const { return rotate_onto_ms(level) + mod_down_ms(level); }
  /// A rotation onto a sum whose division by P, mod_down_ms, waits until all are added.
  double rotate_onto_ms(ckks::Level level) const;
  double mod_down_ms(ckks::Level level) const;
  double relinearize_ms(ckks::Level level) const;
  double rescale_ms(ckks::Level level) const;
  double square_ms(ckks::Level level) const;
  /// With a plaintext whose slots repeat with that period.
  double product_ms(ckks::Level level, std::uint32_t period) const;
  /// The price of a key.
  double key_ms(ckks::Level level) const {
    return prices_.key_megabyte_ms * 1e-6 * static_cast<double>(key_bytes(level));
  }
  /// As sent, seeded and bit-packed.
  std::uint64_t key_bytes(ckks::Level level) const;

  /// Time and keys.
  double layer_price(const SplitCost& counts, std::uint32_t period, ckks::Level level) const;
  double step_ms(const Program& program, const Step& step) const;
  /// The whole program on one thread.
  double program_ms(const Program& program) const;

 private:
  double transforms_ms(double count) const { return count * ntt_ms_; }
  double passes_ms(double count) const { return count * multiply_ms_; }
  double touch_ms(double limbs) const { return limbs * touch_ms_; }
  /// Limbs of all digits in the extended basis.
  double digit_limbs(ckks::Level level) const;
  /// Digits of a polynomial that comes from memory, limb by limb where they are used.
  double raise_ms(ckks::Level level) const;
  /// Their product with a key.
  double switch_ms(ckks::Level level) const;
  /// Of both halves by P, limb by limb where they are made.
  double divide_ms(ckks::Level level) const;
  double products_ms(const Program& program, const Step& step) const;

  ckks::ParamsSpec params_;
  Prices prices_;
  double ntt_ms_, multiply_ms_, read_key_ms_, touch_ms_, stream_ms_, repeated_ms_, switch_factor_;
};

/// The counting interpreter: how often a program does what.
struct OperationCounts {
  std::uint32_t hoists = 0, hoisted_rotations = 0, rotations = 0, relinearizations = 0,
                rescales = 0, products = 0;
  std::uint32_t key_switches() const { return hoisted_rotations + rotations + relinearizations; }
};
OperationCounts count_operations(const Program& program);

}  // namespace veilray::plan
