#include "cli/bench/harness.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "cli/console.h"

namespace veilray::cli {
namespace {

// Shorter work than this is repeated within one timing.
constexpr double kShortestTimingMs = 1.0;

double quantile(const std::vector<double>& sorted, double fraction) {
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<std::size_t>(std::lround(fraction * last))];
}

double time_batch(std::size_t batch, const std::function<void()>& work) {
  const Stopwatch watch;
  for (std::size_t i = 0; i < batch; ++i) work();
  return watch.ms() / static_cast<double>(batch);
}

std::string time_text(double ms) {
  if (ms < 0.1) return fmt::format("{:.2f} us", ms * 1e3);
  if (ms < 1000) return fmt::format("{:.3g} ms", ms);
  return fmt::format("{:.2f} s", ms / 1e3);
}

std::string params_text(const Json& params) {
  std::string text;
  for (const auto& [name, value] : params.items()) {
    text += (text.empty() ? "" : " ") + name + "=" +
            (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text;
}

}  // namespace

Timing summarize(std::vector<double> ms) {
  std::sort(ms.begin(), ms.end());
  return {ms.size(), ms.front(), quantile(ms, 0.1), quantile(ms, 0.5), quantile(ms, 0.9)};
}

Timing measure(const BenchOptions& options, const std::function<void()>& work) {
  const double first = time_batch(1, work);
  const auto batch = static_cast<std::size_t>(std::ceil(kShortestTimingMs / std::max(first, 1e-6)));
  std::vector<double> times;
  for (std::size_t i = 0; i < options.repetitions; ++i) times.push_back(time_batch(batch, work));
  return summarize(std::move(times));
}

Report make_report(const Machine& machine, const std::vector<BenchRow>& rows) {
  Report report;
  report.json = {{"machine", to_json(machine)}, {"rows", Json::array()}};
  report.text = fmt::format("{}, {} cores, {:.0f} GB, kernels {}\n", machine.cpu, machine.cores,
                            machine.memory_gb, machine.kernels);
  report.text +=
      fmt::format("{:<24} {:>10} {:>10} {:>10}  {}\n", "", "best", "median", "p90", "of");
  for (const auto& row : rows) {
    report.json["rows"].push_back({{"name", row.name},
                                   {"params", row.params},
                                   {"repetitions", row.ms.repetitions},
                                   {"unit", "ms"},
                                   {"best", row.ms.best},
                                   {"p10", row.ms.p10},
                                   {"median", row.ms.median},
                                   {"p90", row.ms.p90}});
    report.text +=
        fmt::format("{:<24} {:>10} {:>10} {:>10}  {}\n", row.name, time_text(row.ms.best),
                    time_text(row.ms.median), time_text(row.ms.p90), params_text(row.params));
  }
  return report;
}

}  // namespace veilray::cli
