#include "cli/machine.h"

#include <malloc.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <thread>

#include "cli/build_info.h"
#include "math/kernels/table.h"

namespace veilray::cli {
namespace {

std::string cpu_name() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace

Machine this_machine() {
  const double bytes =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  std::array<double, 1> load{};
  getloadavg(load.data(), static_cast<int>(load.size()));
  return {cpu_name(), std::thread::hardware_concurrency(), bytes / 1e9, math::kernels().name,
          load[0]};
}

Json to_json(const Machine& machine) {
  const auto build = build_info();
  return {{"cpu", machine.cpu},         {"cores", machine.cores}, {"memory_gb", machine.memory_gb},
          {"compiler", build.compiler}, {"flags", build.flags},   {"commit", build.commit},
          {"kernels", machine.kernels}, {"load", machine.load}};
}

double peak_rss_mb() {
  // Not getrusage: that peak is never reset, and outlives exec.
  constexpr std::string_view kField = "VmHWM:";
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(kField)) return std::stod(line.substr(kField.size())) * 1024 / 1e6;
  }
  return 0;
}

void reset_peak_rss() {
  constexpr auto kPeak = "5";  // proc(5), clear_refs
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << kPeak;
}

}  // namespace veilray::cli
