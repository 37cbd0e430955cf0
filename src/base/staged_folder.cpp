#include "base/staged_folder.h"

#include <system_error>
#include <utility>

#include "base/io_failure.h"

namespace veilray {
namespace {

namespace fs = std::filesystem;

Failure already_there(const fs::path& target) {
  return {ErrorCode::kExists, "folder exists", target.string(), "remove it or pass --force"};
}

/// "out/" and "out" are the same folder.
fs::path without_trailing_slash(const fs::path& path) {
  return path.has_filename() ? path : path.parent_path();
}

}  // namespace

StagedFolder::StagedFolder(fs::path target, fs::path partial, Overwrite overwrite)
    : target_(std::move(target)), partial_(std::move(partial)), overwrite_(overwrite) {}

StagedFolder::StagedFolder(StagedFolder&& other) noexcept
    : target_(std::move(other.target_)),
      partial_(std::exchange(other.partial_, {})),
      overwrite_(other.overwrite_) {}

StagedFolder::~StagedFolder() {
  std::error_code ignored;
  if (!partial_.empty()) fs::remove_all(partial_, ignored);
}

Result<StagedFolder> StagedFolder::create(const fs::path& path, Overwrite overwrite) {
  const fs::path target = without_trailing_slash(path);
  std::error_code error;
  if (overwrite == Overwrite::kRefuse && fs::exists(target, error)) return already_there(target);
  StagedFolder staged(
      target, target.parent_path() / ("." + target.filename().string() + ".partial"), overwrite);
  fs::remove_all(staged.partial_, error);
  fs::create_directory(staged.partial_, error);
  if (error) return io_failure(error.value(), target);
  return staged;
}

Status StagedFolder::commit() {
  std::error_code error;
  if (overwrite_ == Overwrite::kReplace) fs::remove_all(target_, error);
  if (fs::exists(target_, error)) return already_there(target_);
  fs::rename(partial_, target_, error);
  if (error) return io_failure(error.value(), target_);
  partial_.clear();
  return Done{};
}

}  // namespace veilray
