#pragma once
// What `veilray inspect` says of files and folders.
#include <filesystem>
#include <span>

#include "cli/command.h"

namespace veilray::cli {

/// A model folder: parameters, rotations, sizes, and every operation of its program.
Result<Report> inspect_model(const std::filesystem::path& folder);
/// A client kit's folder: the same, as far as a client may know.
Result<Report> inspect_kit(const std::filesystem::path& folder);
/// A file, by its first bytes. Fails with kUnsupported for what no command reads or writes.
Result<Report> inspect_file(const std::filesystem::path& path);

}  // namespace veilray::cli
