#pragma once
#include <filesystem>

#include "base/error.h"
#include "cli/command.h"

namespace veilray::cli {

/// Fails with kExists if something stands at `path` and --force was not given. Asked again when the
/// output is written; here first, so that nobody waits for a refusal.
Status check_output(const std::filesystem::path& path, const CommonOptions& options);

}  // namespace veilray::cli
