#include "base/staged_folder.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/io_failure.h"

namespace veilray {
namespace {

namespace fs = std::filesystem;

Failure already_there(const fs::path& target) {
  return {ErrorCode::kExists, "folder exists", target.string(), "remove it or pass --force"};
}

/// "out/" and "out" are the same folder; a link stands for the folder that it points at.
fs::path canonical_target(const fs::path& path) {
  fs::path target = path.has_filename() ? path : path.parent_path();
  std::error_code error;
  if (!fs::is_symlink(target, error)) return target;
  auto followed = fs::canonical(target, error);
  return error ? target : followed;
}

/// Refuses what may not be replaced: everything, or, where overwriting was asked for, everything
/// but a folder of ours.
Status check_target(const fs::path& target, const FolderOptions& options) {
  std::error_code error;
  const auto status = fs::symlink_status(target, error);
  if (status.type() == fs::file_type::not_found) return Done{};
  if (options.overwrite == Overwrite::kRefuse) return already_there(target);
  const char* mend = "remove it or name another folder";
  if (!fs::is_directory(status)) {
    return Failure{ErrorCode::kExists, "not a folder", target.string(), mend};
  }
  if (fs::exists(target / options.mark, error) || fs::is_empty(target, error)) return Done{};
  return Failure{ErrorCode::kExists, "a folder of something else (it has no " + options.mark + ")",
                 target.string(), mend};
}

/// `from` takes the name `to`; a folder that stood there, if it may be replaced, takes the name
/// `from`. 0, or an errno.
int put_in_place(const fs::path& from, const fs::path& to, Overwrite overwrite) {
  std::error_code error;
  const bool replace = overwrite == Overwrite::kReplace && fs::exists(to, error);
#ifdef RENAME_EXCHANGE
  const unsigned how = replace ? RENAME_EXCHANGE : RENAME_NOREPLACE;
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), how) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS && errno != EXDEV) return errno;
#endif
  // A file system that knows no such rename. A plain one never replaces a folder that holds files.
  if (replace) fs::remove_all(to, error);
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

StagedFolder::StagedFolder(fs::path target, fs::path partial, PendingPath pending,
                           FolderOptions options)
    : target_(std::move(target)),
      partial_(std::move(partial)),
      pending_(std::move(pending)),
      options_(std::move(options)) {}

StagedFolder::StagedFolder(StagedFolder&& other) noexcept
    : target_(std::move(other.target_)),
      partial_(std::exchange(other.partial_, {})),
      pending_(std::move(other.pending_)),
      options_(std::move(other.options_)) {}

StagedFolder::~StagedFolder() {
  std::error_code ignored;
  if (!partial_.empty()) fs::remove_all(partial_, ignored);
}

Result<StagedFolder> StagedFolder::create(const fs::path& path, const FolderOptions& options) {
  auto target = canonical_target(path);
  VEILRAY_CHECK_OK(check_target(target, options));
  auto partial = temporary_name_beside(target);
  PendingPath pending(partial);
  if (!pending.armed()) {
    return Failure{ErrorCode::kIo, "too many files written at once, or too long a path",
                   target.string(), "choose a shorter path"};
  }
  // Fails if the name is taken: nobody else's folder is ever filled.
  if (::mkdir(partial.c_str(), options.mode) != 0) return io_failure(errno, target);
  return StagedFolder(std::move(target), std::move(partial), std::move(pending), options);
}

Status StagedFolder::commit() {
  // Asked again: somebody may have been quicker.
  VEILRAY_CHECK_OK(check_target(target_, options_));
  const int error = put_in_place(partial_, target_, options_.overwrite);
  if (error == EEXIST || error == ENOTEMPTY) return already_there(target_);
  if (error != 0) return io_failure(error, target_);
  return Done{};  // the destructor removes the old folder, if there was one
}

Status write_folder(const fs::path& target, const FolderOptions& options,
                    const std::function<Status(const fs::path&)>& fill) {
  VEILRAY_TRY(staged, StagedFolder::create(target, options));
  auto filled = fill(staged.path());
  if (filled.ok()) return staged.commit();
  auto failure = std::move(filled).failure();
  const std::string temporary = staged.path().string();
  if (failure.where.starts_with(temporary))  // a name that means nothing to the user
    failure.where.replace(0, temporary.size(), target.string());
  return failure;
}

}  // namespace veilray
