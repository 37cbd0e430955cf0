#include "cli/interrupt.h"

#include <unistd.h>

#include <csignal>
#include <string_view>

#include "base/temporary_file.h"

namespace veilray::cli {
namespace {

// Runs inside the signal: only async-signal-safe calls.
extern "C" void on_signal(int signal) {
  remove_pending_temporaries();
  constexpr std::string_view kLine =
      "\nveilray: error: interrupted: nothing was left half-written: run it again\n";
  // The line starts afresh only where a progress line may stand.
  const std::string_view line = isatty(STDERR_FILENO) != 0 ? kLine : kLine.substr(1);
  [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
  _exit(128 + signal);
}

}  // namespace

void clean_up_when_interrupted() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  sigfillset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before{};
    sigaction(signal, nullptr, &before);
    // nohup and shells' background jobs have their reasons to ignore a signal.
    if (before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);
  }
  // A file beyond `ulimit -f` is then a write that fails, and is reported and removed as such.
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace veilray::cli
