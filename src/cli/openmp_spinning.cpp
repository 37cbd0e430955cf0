#include "cli/openmp_spinning.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace veilray::cli {
namespace {

constexpr auto kSpins = "GOMP_SPINCOUNT";
// oneDNN runs hundreds of short parallel loops an image. A worker that sleeps at once must be woken
// for each; one that spins for long (libgomp's default is 300000 rounds) holds a core that the
// other worker may need. Two-thread VQGAN encoder (factor 8, ch = 64), two cores, best of five,
// alternating, on a machine with some 16 other busy processes:
//   rounds                  0     10000   300000
//   beside them           735       736     1889 ms
//   with priority         163       131      124 ms
constexpr auto kRounds = "10000";

}  // namespace

void limit_openmp_spinning(char** argv) {
  if (std::getenv(kSpins) != nullptr || std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  // By its path, not as /proc/self/exe, so that the process keeps its name.
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (failed || setenv(kSpins, kRounds, 0) != 0) return;
  execv(program.c_str(), argv);
}

}  // namespace veilray::cli
