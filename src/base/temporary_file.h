#pragma once
#include <cstdint>
#include <filesystem>

#include "base/error.h"
#include "base/pending.h"

namespace veilray {

/// A new file beside `target` (so that a rename stays within one file system), removed when this
/// object dies, or when the process is interrupted and calls remove_pending_temporaries().
class TemporaryFile {
 public:
  /// Created with O_EXCL and `mode`. Fails with kIo, naming `target`.
  static Result<TemporaryFile> create_beside(const std::filesystem::path& target,
                                             std::uint32_t mode);
  TemporaryFile(TemporaryFile&& other) noexcept;
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile();

  int descriptor() const noexcept { return descriptor_; }
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  TemporaryFile(std::filesystem::path path, PendingPath pending, int descriptor);
  std::filesystem::path path_;
  PendingPath pending_;
  int descriptor_ = -1;
};

}  // namespace veilray
