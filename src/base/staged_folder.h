#pragma once
#include <cstdint>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"

namespace veilray {

/// A folder that appears whole or not at all: filled under the name `.NAME.partial` beside its
/// target, then renamed. Gone, with all it holds, if it is not committed; a partial folder left by
/// a killed process is cleared by the next one.
class StagedFolder {
 public:
  /// Fails with kExists if `target` is there and may not be replaced, or with kIo.
  static Result<StagedFolder> create(const std::filesystem::path& target, Overwrite overwrite);
  StagedFolder(StagedFolder&& other) noexcept;
  StagedFolder& operator=(StagedFolder&&) = delete;
  ~StagedFolder();

  /// Where to put the files.
  const std::filesystem::path& path() const noexcept { return partial_; }
  /// Puts the folder in its place; one that stood there before goes.
  Status commit();

 private:
  StagedFolder(std::filesystem::path target, std::filesystem::path partial, Overwrite overwrite);

  std::filesystem::path target_, partial_;
  Overwrite overwrite_;
};

}  // namespace veilray
