#pragma once
// What a measurement was made on.
#include <cstddef>
#include <string>

#include "cli/command.h"

namespace veilray::cli {

struct Machine {
  std::string cpu;
  std::size_t cores = 0;
  double memory_gb = 0;
  std::string kernels;  // instruction set of the kernels in use
};

Machine this_machine();
/// {"cpu","cores","memory_gb","compiler","flags","commit","kernels"}.
Json to_json(const Machine& machine);

/// The most memory this process has held so far, in MB (10^6 bytes).
double peak_rss_mb();

}  // namespace veilray::cli
