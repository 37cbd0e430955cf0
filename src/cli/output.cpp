#include "cli/output.h"

#include <system_error>

namespace veilray::cli {

Status check_output(const std::filesystem::path& path, const CommonOptions& options) {
  std::error_code ignored;
  if (options.force || !std::filesystem::exists(path, ignored)) return Done{};
  const char* what = std::filesystem::is_directory(path, ignored) ? "folder exists" : "file exists";
  return Failure{ErrorCode::kExists, what, path.string(), "remove it or pass --force"};
}

}  // namespace veilray::cli
