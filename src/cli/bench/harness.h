#pragma once
// How everything is timed: warm, at least ten repetitions, order statistics of single runs.
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/command.h"
#include "cli/machine.h"

namespace veilray::cli {

/// Order statistics of one measurement, in milliseconds.
struct Timing {
  std::size_t repetitions = 0;
  double best = 0, p10 = 0, median = 0, p90 = 0;
};

/// Of single runs' times; at least one.
Timing summarize(std::vector<double> ms);

struct BenchRow {
  std::string name;
  Json params;  // what was measured: sizes, threads
  Timing ms;
};

struct BenchOptions {
  std::size_t repetitions = 10;
};

/// Runs `work` once to warm up, then `repetitions` times. Very short work is run many times in one
/// repetition, so that the clock's own cost does not show.
Timing measure(const BenchOptions& options, const std::function<void()>& work);

/// {"machine","rows"}; times in each row's own unit, so that a table reads well.
Report make_report(const Machine& machine, const std::vector<BenchRow>& rows);

/// One group of rows. The result of what is timed is checked, outside the time.
using BenchGroup = Result<std::vector<BenchRow>> (*)(const BenchOptions&, Context&);
Result<std::vector<BenchRow>> bench_kernels(const BenchOptions& options, Context& context);
Result<std::vector<BenchRow>> bench_ckks(const BenchOptions& options, Context& context);

}  // namespace veilray::cli
