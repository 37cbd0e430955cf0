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

double time_batch(std::size_t batch, const std::function<void()>& prepare,
                  const std::function<void()>& work) {
  double ms = 0;
  for (std::size_t i = 0; i < batch; ++i) {
    prepare();
    ms += time_batch(1, work);
  }
  return ms / static_cast<double>(batch);
}

/// `batch_ms(n)`: the time of one of n runs in a row.
Timing repeat(std::size_t repetitions, const std::function<double(std::size_t)>& batch_ms) {
  const Stopwatch warm_up;
  batch_ms(1);
  const double first = warm_up.ms();  // with what the work needs prepared
  const auto batch = static_cast<std::size_t>(std::ceil(kShortestTimingMs / std::max(first, 1e-6)));
  std::vector<double> times;
  for (std::size_t i = 0; i < repetitions; ++i) times.push_back(batch_ms(batch));
  return summarize(std::move(times));
}

std::string time_text(double ms) {
  if (ms < 0.1) return fmt::format("{:.2f} us", ms * 1e3);
  if (ms < 1000) return fmt::format("{:.3g} ms", ms);
  return fmt::format("{:.2f} s", ms / 1e3);
}

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{:.4g}", value.get<double>());
  return value.dump();
}

/// "log_n=14 threads=1".
std::string facts_text(const Json& facts) {
  std::string text;
  for (const auto& [name, value] : facts.items()) {
    text += (text.empty() ? "" : " ") + name + "=" + value_text(value);
  }
  return text;
}

Json to_json(const BenchRow& row) {
  Json json = {{"name", row.name}};
  json.update(row.params);
  json.update({{"best_ms", row.ms.best},
               {"median_ms", row.ms.median},
               {"p10_ms", row.ms.p10},
               {"p90_ms", row.ms.p90},
               {"samples", row.ms.samples}});
  json.update(row.results);
  return json;
}

}  // namespace

std::vector<std::uint32_t> wanted_log_n(const BenchOptions& options) {
  std::vector<std::uint32_t> sizes;
  for (const std::uint32_t log_n : kBenchLogN) {
    if (options.log_n.empty() || std::ranges::count(options.log_n, log_n) != 0)
      sizes.push_back(log_n);
  }
  return sizes;
}

Json to_json(const RingFacts& facts) {
  // A prime just below 2^30 has 30 bits, as one says, not 29.99999.
  const auto bits = [](double value) { return std::round(value * 10) / 10; };
  return {{"log_n", facts.log_n},    {"log_q", bits(facts.log_q)}, {"log_p", bits(facts.log_p)},
          {"dnum", facts.dnum},      {"level", facts.level},       {"threads", 1},
          {"kernels", facts.kernels}};
}

Timing summarize(std::vector<double> ms) {
  std::sort(ms.begin(), ms.end());
  return {ms.size(), ms.front(), quantile(ms, 0.1), quantile(ms, 0.5), quantile(ms, 0.9)};
}

Timing measure(const BenchOptions& options, const std::function<void()>& work) {
  return repeat(options.repetitions, [&](std::size_t batch) { return time_batch(batch, work); });
}

Timing measure(const BenchOptions& options, const std::function<void()>& prepare,
               const std::function<void()>& work) {
  return repeat(options.repetitions,
                [&](std::size_t batch) { return time_batch(batch, prepare, work); });
}

Report make_report(const Machine& machine, const std::vector<BenchRow>& rows) {
  const bool measured = std::all_of(rows.begin(), rows.end(), [](const BenchRow& row) {
    return row.ms.samples >= kFewestRepetitions;
  });
  Report report;
  report.json = {{"machine", to_json(machine)}, {"measurement", measured}, {"rows", Json::array()}};
  if (!measured) {
    report.text =
        fmt::format("Not a measurement: fewer than {} repetitions.\n", kFewestRepetitions);
  }
  report.text += fmt::format("{}, {} cores, {:.0f} GB, kernels {}, load {:.1f}\n", machine.cpu,
                             machine.cores, machine.memory_gb, machine.kernels, machine.load);
  report.text += fmt::format("{:<24} {:>10} {:>10} {:>10} {:>10}  {}\n", "", "best", "p10",
                             "median", "p90", "of");
  for (const auto& row : rows) {
    report.json["rows"].push_back(to_json(row));
    report.text +=
        fmt::format("{:<24} {:>10} {:>10} {:>10} {:>10}  {}\n", row.name, time_text(row.ms.best),
                    time_text(row.ms.p10), time_text(row.ms.median), time_text(row.ms.p90),
                    facts_text(row.params));
    if (!row.results.empty())
      report.text += fmt::format("{:<24} {}\n", "", facts_text(row.results));
  }
  return report;
}

}  // namespace veilray::cli
