#include "cli/machine.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
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
  return {cpu_name(), std::thread::hardware_concurrency(), bytes / 1e9, math::kernels().name};
}

Json to_json(const Machine& machine) {
  const auto build = build_info();
  return {{"cpu", machine.cpu},         {"cores", machine.cores}, {"memory_gb", machine.memory_gb},
          {"compiler", build.compiler}, {"flags", build.flags},   {"commit", build.commit},
          {"kernels", machine.kernels}};
}

double peak_rss_mb() {
  struct rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;  // Linux counts in KiB
}

}  // namespace veilray::cli
