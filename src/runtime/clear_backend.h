#pragma once
// The program on plain doubles: packing is tested in milliseconds, ranges are calibrated, and with
// a noise model the error of the encrypted run is predicted before any key exists.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "plan/noise.h"
#include "plan/program.h"
#include "runtime/clear_constants.h"

namespace veilray::runtime {

class ClearBackend {
 public:
  using Value = std::vector<double>;

  ClearBackend(const plan::Program& program, const ClearConstants& constants)
      : program_(program), constants_(constants), ranges_(program.values.size(), 0.0) {}

  /// From now on every operation adds what an encrypted one would; another in each run.
  void simulate_noise(const plan::NoiseModel& model, std::uint64_t seed) {
    noise_.emplace(Noise{model, seed});
  }
  void begin_run() { ++run_; }

  /// One part for each result.
  std::size_t prepare(const plan::Step& step, std::span<const Value* const> operands,
                      std::span<Value> results) const;
  void run(const plan::Step& step, std::size_t part, std::span<const Value* const> operands,
           std::span<Value> results, std::size_t worker);
  void release(Value&& value) const { Value dead = std::move(value); }

  /// What an encryption adds, for input ciphertext `index`.
  void add_fresh_noise(Value& input, std::uint32_t index, ckks::Scale scale) const;

  /// The largest magnitude of any slot of each value, over all runs so far.
  const std::vector<double>& ranges() const noexcept { return ranges_; }

 private:
  struct Noise {
    const plan::NoiseModel& model;
    std::uint64_t seed;
  };
  std::span<const plan::LinearLayer::Term> terms(std::uint32_t layer, std::uint32_t giant) const;
  Value product_sum(std::uint32_t layer, std::uint32_t giant,
                    std::span<const Value* const> babies) const;
  double operation_noise(const plan::Step& step) const;

  const plan::Program& program_;
  const ClearConstants& constants_;
  std::optional<Noise> noise_;
  std::uint64_t run_ = 0;
  std::vector<double> ranges_;
};

}  // namespace veilray::runtime
