#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/bench/harness.h"
#include "cli/commands.h"

namespace veilray::cli {
namespace {

const std::map<std::string, BenchGroup>& groups() {
  static const std::map<std::string, BenchGroup> kGroups = {
      {"kernels", bench_kernels}, {"ckks", bench_ckks}, {"network", bench_network}};
  return kGroups;
}

struct BenchCommandOptions {
  std::vector<std::string> wanted;
  BenchOptions bench;
};

Result<Report> bench(const BenchCommandOptions& options, Context& context) {
  const Machine machine = this_machine();  // its load before we add ours
  std::vector<BenchRow> rows;
  for (const auto& [name, run] : groups()) {
    const auto& wanted = options.wanted;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), name) == wanted.end()) continue;
    VEILRAY_TRY(measured, run(options.bench, context));
    rows.insert(rows.end(), measured.begin(), measured.end());
  }
  return make_report(machine, rows);
}

}  // namespace

Action add_bench(CLI::App& command) {
  auto options = std::make_shared<BenchCommandOptions>();
  std::vector<std::string> names;
  for (const auto& [name, run] : groups()) names.push_back(name);
  command
      .add_option(
          "GROUP", options->wanted,
          "kernels: inner loops on one prime, of every instruction set that runs here; ckks: the "
          "scheme's operations at 128-bit parameter sets; network: a model, its client and its "
          "VQGAN (default: everything). --threads is network's: the others take one")
      ->check(CLI::IsMember(names));
  command
      .add_option("-m,--model", options->bench.model,
                  "the network to time (default: chest-f8-hefnet, or random weights without it)")
      ->type_name("DIR");
  command
      .add_option("--log-n", options->bench.log_n,
                  "the rings 2^N that kernels and ckks time (default: 13,14,15,16)")
      ->type_name("N")
      ->delimiter(',')
      ->check(CLI::IsMember(std::vector<std::uint32_t>(kBenchLogN.begin(), kBenchLogN.end())));
  command
      .add_option("--repetitions", options->bench.repetitions,
                  "timings of each row (default: 10; fewer are no measurement)")
      ->type_name("N")
      ->check(CLI::Range(1, 100000));
  command.footer("Example: veilray bench network --model MODEL --json");
  return [options](Context& context) { return bench(*options, context); };
}

}  // namespace veilray::cli
