#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/io_failure.h"
#include "base/temporary_file.h"

namespace veilray {
namespace {

namespace fs = std::filesystem;

struct Descriptor {
  int value;
  explicit Descriptor(int descriptor) : value(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

Failure too_long(const fs::path& path, std::uint64_t max_bytes) {
  return {ErrorCode::kMalformed,
          "file is longer than the " + std::to_string(max_bytes) + " bytes that it may have",
          path.string(), "check that it is the right file"};
}

Failure refuse_to_overwrite(const fs::path& path) {
  return {ErrorCode::kExists, "file exists", path.string(), "remove it or pass --force"};
}

Status write_all(int descriptor, std::span<const std::byte> bytes, const fs::path& target) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return io_failure(errno, target);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  // A full disk may only be noticed here.
  if (::fsync(descriptor) != 0) return io_failure(errno, target);
  return Done{};
}

/// Gives the temporary its name unless that name is taken. 0, or an errno.
int rename_without_replacing(const fs::path& from, const fs::path& to) {
#ifdef RENAME_NOREPLACE
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
#endif
  // Some file systems know no such rename; a hard link never replaces either.
  return ::link(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

/// So that the new name survives a power cut. Best effort: not every file system can.
void sync_folder_of(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.value >= 0) ::fsync(descriptor.value);
}

/// Refuses what must not be renamed over: a device, a folder, a file not to be overwritten.
Status check_target(const fs::path& target, Overwrite overwrite) {
  struct stat info{};
  if (::lstat(target.c_str(), &info) != 0) return Done{};
  if (S_ISDIR(info.st_mode)) return io_failure(EISDIR, target);
  if (!S_ISREG(info.st_mode) && !S_ISLNK(info.st_mode)) {
    return Failure{ErrorCode::kIo, "not a regular file", target.string(), "name another file"};
  }
  if (overwrite == Overwrite::kRefuse) return refuse_to_overwrite(target);
  return Done{};
}

}  // namespace

Result<std::vector<std::byte>> read_file(const fs::path& path, std::uint64_t max_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info{};
  if (file.value < 0 || ::fstat(file.value, &info) != 0) return io_failure(errno, path);
  if (S_ISDIR(info.st_mode)) return io_failure(EISDIR, path);
  const auto size = static_cast<std::uint64_t>(std::max<off_t>(info.st_size, 0));
  if (size > max_bytes) return too_long(path, max_bytes);

  // The size is a hint only (a pipe has none, a file may grow); the end is where read() says so.
  constexpr std::size_t kStep = std::size_t{1} << 16;
  std::vector<std::byte> bytes(static_cast<std::size_t>(size) + 1);
  std::size_t filled = 0;
  for (;;) {
    if (filled == bytes.size()) bytes.resize(bytes.size() + std::max(kStep, bytes.size() / 2));
    const ssize_t got = ::read(file.value, bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_failure(errno, path);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (filled > max_bytes) return too_long(path, max_bytes);
  }
  bytes.resize(filled);
  return bytes;
}

Status write_file(const fs::path& path, std::span<const std::byte> bytes,
                  const WriteOptions& options) {
  std::error_code ignored;
  const bool follow = options.overwrite == Overwrite::kReplace && fs::is_symlink(path, ignored);
  fs::path target = follow ? fs::canonical(path, ignored) : path;
  if (target.empty()) target = path;  // a dangling link is replaced itself
  VEILRAY_CHECK_OK(check_target(target, options.overwrite));

  VEILRAY_TRY(temporary, TemporaryFile::create_beside(target, options.mode));
  VEILRAY_CHECK_OK(write_all(temporary.descriptor(), bytes, path));
  if (options.overwrite == Overwrite::kRefuse) {
    const int error = rename_without_replacing(temporary.path(), target);
    if (error == EEXIST) return refuse_to_overwrite(path);
    if (error != 0) return io_failure(error, path);
  } else if (::rename(temporary.path().c_str(), target.c_str()) != 0) {
    return io_failure(errno, path);
  }
  sync_folder_of(target);
  return Done{};
}

std::span<const std::byte> as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span(text));
}

}  // namespace veilray
