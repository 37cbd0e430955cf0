#pragma once
// Errors, by who is at fault (STYLE.md, rule 5):
//   the outside world (bytes, files, user parameters)  -> Result<T> holding a Failure
//   the caller's bug (level mismatch, missing key)      -> throw Error
//   our bug                                             -> VEILRAY_ASSERT
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace veilray {

enum class ErrorCode : std::uint8_t {
  kUsage,                // the command line itself: exit code 2
  kInvalidArgument,      // a parameter, shape or option that cannot be
  kMalformed,            // bytes that do not parse
  kUnsupported,          // well-formed, but not something we handle
  kIo,                   // the file system said no
  kExists,               // an output that would be overwritten
  kInsecure,             // parameters below the promised security
  kFingerprintMismatch,  // keys, ciphertext and model do not belong together
  kLevelMismatch,
  kScaleMismatch,
  kMissingKey,
  kInterrupted,  // Ctrl-C: exit code 130
  kInternal,
};

/// What went wrong, where, and how to mend it; printed as one line `what: where: mend`.
/// Carries no secret value. `where` and `mend` may be empty.
struct Failure {
  ErrorCode code = ErrorCode::kInternal;
  std::string what;
  std::string where = {};
  std::string mend = {};

  std::string line() const;
};

/// A bug of the caller: thrown, arguments unchanged.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

/// A value or the reason why there is none (C++20 has no std::expected).
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit
  Result(Failure failure)                                                // NOLINT: implicit
      : state_(std::in_place_index<1>, std::move(failure)) {}

  bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  /// Throws: Error{failure().code} when there is no value.
  T& value() & { return check(), std::get<0>(state_); }
  const T& value() const& { return check(), std::get<0>(state_); }
  /// By value: `for (auto& x : f().value())` must not outlive what it walks.
  T value() && { return check(), std::get<0>(std::move(state_)); }
  const Failure& failure() const& { return std::get<1>(state_); }
  Failure failure() && { return std::get<1>(std::move(state_)); }

 private:
  void check() const {
    if (!ok()) throw Error(failure().code, failure().line());
  }
  std::variant<T, Failure> state_;
};

/// Success without a value.
struct Done {};
using Status = Result<Done>;

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace veilray

/// VEILRAY_TRY(name, expression): unwraps a Result into `name`, or returns its Failure.
#define VEILRAY_CONCAT_INNER(a, b) a##b
#define VEILRAY_CONCAT(a, b) VEILRAY_CONCAT_INNER(a, b)
#define VEILRAY_TRY_INNER(result, name, ...)            \
  auto result = (__VA_ARGS__);                          \
  if (!result.ok()) return std::move(result).failure(); \
  auto name = std::move(result).value()
#define VEILRAY_TRY(name, ...) VEILRAY_TRY_INNER(VEILRAY_CONCAT(try_, __LINE__), name, __VA_ARGS__)
/// VEILRAY_CHECK_OK(expression): for a Status, or a value that is not needed.
#define VEILRAY_CHECK_OK(...)                                                                      \
  do {                                                                                             \
    if (auto try_status = (__VA_ARGS__); !try_status.ok()) return std::move(try_status).failure(); \
  } while (false)

#ifdef NDEBUG
#define VEILRAY_ASSERT(condition) static_cast<void>(0)
#else
#define VEILRAY_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::veilray::assertion_failed(#condition, __FILE__, __LINE__))
#endif
