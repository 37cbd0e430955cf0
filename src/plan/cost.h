#pragma once
// What operations cost, from the transforms and inner products they are made of. The unit times are
// those of one limb at n = 2^14 and scale with n log n and n; docs/performance.md says how they
// were fitted.
#include <cstdint>
#include <vector>

#include "ckks/params.h"
#include "plan/diagonals.h"
#include "plan/program.h"

namespace veilray::plan {

struct UnitTimes {
  double ntt_us = 9.0;       // one transform of one limb
  double multiply_us = 2.5;  // one pass of products over one limb, in cache
  double stream_us =
      6.0;  // one limb of a plaintext read from memory and multiplied into both halves
};

class CostModel {
 public:
  explicit CostModel(const ckks::Params& params, const UnitTimes& units = {});

  /// Milliseconds on one thread, at a level.
  double hoist_ms(ckks::Level level) const;
  double rotate_hoisted_ms(ckks::Level level) const;
  double rotate_ms(ckks::Level level) const { return hoist_ms(level) + rotate_hoisted_ms(level); }
  double relinearize_ms(ckks::Level level) const { return rotate_ms(level); }
  double rescale_ms(ckks::Level level) const;
  double square_ms(ckks::Level level) const;
  double product_ms(ckks::Level level) const;
  /// A price for each distinct rotation: its key must be made, sent, kept and read.
  double key_ms(ckks::Level level) const { return 0.5 * rotate_hoisted_ms(level); }
  /// As sent, seeded and bit-packed.
  std::uint64_t key_bytes(ckks::Level level) const;

  double layer_ms(const SplitCost& counts, ckks::Level level) const;
  double step_ms(const Program& program, const Step& step) const;
  /// The whole program on one thread.
  double program_ms(const Program& program) const;

 private:
  double mod_down_ms(ckks::Level level) const;
  double transforms_ms(double count) const { return count * ntt_ms_; }
  double passes_ms(double count) const { return count * multiply_ms_; }

  const ckks::Params& params_;
  double ntt_ms_, multiply_ms_, stream_ms_;
};

/// The counting interpreter: how often a program does what.
struct OperationCounts {
  std::uint32_t hoists = 0, hoisted_rotations = 0, rotations = 0, relinearizations = 0,
                rescales = 0, products = 0;
  std::uint32_t key_switches() const { return hoisted_rotations + rotations + relinearizations; }
};
OperationCounts count_operations(const Program& program);

}  // namespace veilray::plan
