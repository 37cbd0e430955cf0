#include "base/temporary_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/io_failure.h"

namespace veilray {

TemporaryFile::TemporaryFile(std::filesystem::path path, PendingPath pending, int descriptor)
    : path_(std::move(path)), pending_(std::move(pending)), descriptor_(descriptor) {}

Result<TemporaryFile> TemporaryFile::create_beside(const std::filesystem::path& target,
                                                   std::uint32_t mode) {
  auto path = temporary_name_beside(target);
  // Armed before it exists: an interrupt in between removes nothing, one after removes the file.
  PendingPath pending(path);
  if (!pending.armed()) {
    return Failure{ErrorCode::kIo, "too many files written at once, or too long a path",
                   target.string(), "choose a shorter path"};
  }
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) return io_failure(errno, target);
  return TemporaryFile(std::move(path), std::move(pending), descriptor);
}

TemporaryFile::TemporaryFile(TemporaryFile&& other) noexcept
    : path_(std::move(other.path_)),
      pending_(std::move(other.pending_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

TemporaryFile::~TemporaryFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(path_.c_str());  // after a rename there is nothing left to remove
}

}  // namespace veilray
