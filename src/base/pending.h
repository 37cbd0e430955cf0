#pragma once
// Paths that must not outlive an interrupt: temporary files, and folders not yet in their place.
#include <cstddef>
#include <filesystem>

namespace veilray {

/// Beside `target`, so that a rename stays within one file system; a name that nobody can guess, so
/// that nobody can be there first.
std::filesystem::path temporary_name_beside(const std::filesystem::path& target);

/// While it lives, remove_pending_temporaries() removes what stands at its path: a file, or a
/// folder with all that it holds.
class PendingPath {
 public:
  PendingPath() = default;
  explicit PendingPath(const std::filesystem::path& path);
  PendingPath(PendingPath&& other) noexcept;
  PendingPath& operator=(PendingPath&&) = delete;
  ~PendingPath();

  /// False if the path is too long, or too many are pending already.
  bool armed() const noexcept { return slot_ != kNone; }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};
  std::size_t slot_ = kNone;
};

/// Removes every temporary of this process. Async-signal-safe: for a handler that then exits.
void remove_pending_temporaries() noexcept;

}  // namespace veilray
