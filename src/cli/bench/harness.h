#pragma once
// How everything is timed: warm, at least ten repetitions, order statistics of single runs.
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/command.h"
#include "cli/machine.h"

namespace veilray::cli {

/// Order statistics of one measurement, in milliseconds.
struct Timing {
  std::size_t samples = 0;
  double best = 0, p10 = 0, median = 0, p90 = 0;
};

/// Of single runs' times; at least one.
Timing summarize(std::vector<double> ms);

struct BenchRow {
  std::string name;
  Json params;  // what was measured: sizes, threads
  Timing ms;
  Json results = Json::object();  // what else came of it: bytes, errors
};

/// Fewer repetitions than this try the benchmark out; the report says that it measured nothing.
inline constexpr std::size_t kFewestRepetitions = 10;

struct BenchOptions {
  std::size_t repetitions = kFewestRepetitions;
  std::string model = {};  // of the group `network`; empty: the default one, or random weights
  std::vector<std::uint32_t> log_n = {};  // of `kernels` and `ckks`; empty: kBenchLogN
};

/// The rings 2^log_n that `kernels` and `ckks` can time.
inline constexpr std::array<std::uint32_t, 4> kBenchLogN = {13, 14, 15, 16};
/// Those of them that the options ask for, each once.
std::vector<std::uint32_t> wanted_log_n(const BenchOptions& options);

/// What rows of `kernels` and `ckks` say of what they time. One thread, whatever --threads is.
struct RingFacts {
  std::uint32_t log_n = 0;
  double log_q = 0;  // bits, of the whole modulus chain; of the one prime that a kernel works on
  double log_p = 0;  // of the special primes; 0: none
  std::uint32_t dnum = 0;   // digits of a key switch at the highest level; 0: no key switch
  std::uint32_t level = 0;  // that the operands are at
  std::string kernels;
};
Json to_json(const RingFacts& facts);

/// Runs `work` once to warm up, then `repetitions` times. Very short work is run many times in one
/// repetition, so that the clock's own cost does not show.
Timing measure(const BenchOptions& options, const std::function<void()>& work);
/// The same for work that uses up its operand: `prepare` makes it anew before each, outside the
/// time.
Timing measure(const BenchOptions& options, const std::function<void()>& prepare,
               const std::function<void()>& work);

/// {"machine","measurement","rows"}: a row is flat, its name and params first. The table shows each
/// time in a unit of its own, so that it reads well.
Report make_report(const Machine& machine, const std::vector<BenchRow>& rows);

/// One group of rows. The result of what is timed is checked, outside the time.
using BenchGroup = Result<std::vector<BenchRow>> (*)(const BenchOptions&, Context&);
Result<std::vector<BenchRow>> bench_kernels(const BenchOptions& options, Context& context);
Result<std::vector<BenchRow>> bench_ckks(const BenchOptions& options, Context& context);
Result<std::vector<BenchRow>> bench_network(const BenchOptions& options, Context& context);

}  // namespace veilray::cli
