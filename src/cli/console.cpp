#include "cli/console.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace veilray::cli {
namespace {

// Redraws at most this often: a stage may report thousands of steps.
constexpr auto kRedrawInterval = std::chrono::milliseconds(100);

class TerminalProgress final : public Progress {
 public:
  ~TerminalProgress() override { erase(); }
  void update(std::string_view stage, std::size_t done, std::size_t total) override {
    if (done >= total) return erase();
    const auto now = std::chrono::steady_clock::now();
    if (now < next_draw_) return;
    next_draw_ = now + kRedrawInterval;
    fmt::print(stderr, "\r\033[K{} {}%", stage, 100 * done / total);
    drawn_ = true;
    std::fflush(stderr);
  }

 private:
  void erase() {
    if (drawn_) fmt::print(stderr, "\r\033[K");
    drawn_ = false;
  }
  std::chrono::steady_clock::time_point next_draw_ = std::chrono::steady_clock::now();
  bool drawn_ = false;
};

}  // namespace

void print_error(const Failure& failure) {
  fmt::print(stderr, "veilray: error: {}\n", failure.line());
}

Status print_result(std::string_view text) {
  const bool wrote = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (wrote && std::fflush(stdout) == 0) return Done{};
  const int reason = errno;
  std::clearerr(stdout);
  return Failure{ErrorCode::kIo, std::string("cannot write: ") + std::strerror(reason),
                 "standard output", "make room, or redirect elsewhere"};
}

int exit_code(const Failure& failure) noexcept {
  switch (failure.code) {
    case ErrorCode::kUsage:
      return 2;
    case ErrorCode::kInterrupted:
      return 130;
    default:
      return 1;
  }
}

std::unique_ptr<Progress> make_progress(bool quiet) {
  if (quiet || isatty(STDERR_FILENO) == 0) return std::make_unique<SilentProgress>();
  return std::make_unique<TerminalProgress>();
}

}  // namespace veilray::cli
