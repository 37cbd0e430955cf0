#pragma once
// For tests: references computed by Debian's PyTorch, in a process of its own.
#include <sys/wait.h>

#include <cstdlib>
#include <string>

namespace veilray {

/// What run_oracle gives where there is no Python, or a package is missing: the test is skipped.
inline constexpr int kNoPackage = 77;

/// Runs a script of tests/oracles with `arguments` as a shell takes them; its exit status. Threads
/// of it wait asleep: spinning ones are ten times slower where the machine is shared.
inline int run_oracle(const std::string& script, const std::string& arguments) {
  const int status = std::system(
      ("OMP_WAIT_POLICY=passive /usr/bin/python3 '" + script + "'" + arguments).c_str());
  if (!WIFEXITED(status)) return -1;
  constexpr int kNoPython = 127;
  return WEXITSTATUS(status) == kNoPython ? kNoPackage : WEXITSTATUS(status);
}

}  // namespace veilray
