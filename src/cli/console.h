#pragma once
// Where words go: results to stdout, everything else to stderr.
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/progress.h"

namespace veilray::cli {

/// `veilray: error: what: where: mend` on stderr.
void print_error(const Failure& failure);
/// Fails with kIo when stdout does not take it (a full disk behind a redirection).
Status print_result(std::string_view text);

/// 0 is success, 2 the command line's fault, 130 Ctrl-C, 1 everything else.
int exit_code(const Failure& failure) noexcept;

/// On a terminal one line on stderr that is rewritten in place; elsewhere nothing: there the only
/// line on stderr is an error's.
std::unique_ptr<Progress> make_progress(bool quiet);

/// Milliseconds since it was made.
class Stopwatch {
 public:
  double ms() const {
    return std::chrono::duration<double, std::milli>(Clock::now() - start_).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

}  // namespace veilray::cli
