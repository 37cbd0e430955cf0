#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/error.h"
#include "base/file.h"
#include "base/pending.h"

namespace veilray {

struct FolderOptions {
  Overwrite overwrite = Overwrite::kRefuse;
  /// A file that our folders of this kind hold. Only such a folder, or an empty one, is replaced:
  /// a folder goes with all that it holds, and a slip of the pen may name any.
  std::string mark;
  std::uint32_t mode = 0777;  // POSIX permissions, less the umask
};

/// A folder that appears whole or not at all: filled under a name of its own beside its target,
/// then renamed. Gone, with all it holds, if it is not committed or the process is interrupted.
class StagedFolder {
 public:
  /// Fails with kExists if something stands at `target` that may not be replaced, or with kIo.
  static Result<StagedFolder> create(const std::filesystem::path& target,
                                     const FolderOptions& options);
  StagedFolder(StagedFolder&& other) noexcept;
  StagedFolder& operator=(StagedFolder&&) = delete;
  ~StagedFolder();

  /// Where to put the files.
  const std::filesystem::path& path() const noexcept { return partial_; }
  /// Puts the folder in its place; one that stood there before goes.
  Status commit();

 private:
  StagedFolder(std::filesystem::path target, std::filesystem::path partial, PendingPath pending,
               FolderOptions options);

  std::filesystem::path target_, partial_;
  PendingPath pending_;
  FolderOptions options_;
};

/// Makes a folder whole: `fill` puts the files where it is told, under names of its own choice.
/// Failures name the files as if they stood in `target` already.
Status write_folder(const std::filesystem::path& target, const FolderOptions& options,
                    const std::function<Status(const std::filesystem::path&)>& fill);

}  // namespace veilray
