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
  double load = 0;      // processes that wanted a core, average of the last minute
};

Machine this_machine();
/// {"cpu","cores","memory_gb","compiler","flags","commit","kernels","load"}.
Json to_json(const Machine& machine);

/// The most memory this process has held so far, or since the last reset, in MB (10^6 bytes).
double peak_rss_mb();
/// From here on the peak is that of what follows: freed memory goes back to the system first. Where
/// the system forbids it, the old peak stays.
void reset_peak_rss();

}  // namespace veilray::cli
