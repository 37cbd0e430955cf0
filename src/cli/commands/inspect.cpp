#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/inspection.h"
#include "cli/model_lookup.h"

namespace veilray::cli {
namespace {

/// A kit's own folder, a model's folder or name, or a file; the file that makes a folder a model or
/// a kit stands for its folder.
Result<Report> inspect(const std::string& what) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path path(what);
  const auto folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (fs::is_regular_file(path / kKitFile, ignored)) return inspect_kit(path);
  if (fs::is_regular_file(path / kModelFile, ignored)) return inspect_model(path);
  if (fs::is_directory(path, ignored)) {
    return Failure{ErrorCode::kUnsupported, "a folder that is neither a model nor a client kit",
                   what, "give one of the files in it"};
  }
  if (fs::exists(path, ignored)) {
    if (path.filename() == kKitFile) return inspect_kit(folder);
    const bool of_a_model = path.filename() == kModelFile || path.filename() == kPlanFile;
    return of_a_model ? inspect_model(folder) : inspect_file(path);
  }
  VEILRAY_TRY(found, find_model(what, model_folders()));
  return inspect_model(found);
}

}  // namespace

Action add_inspect(CLI::App& command) {
  auto what = std::make_shared<std::string>();
  command.add_option("FILE_OR_DIR", *what, "a model, kit, key, ciphertext, array, weights or film")
      ->required();
  command.footer("Example: veilray inspect MODEL");
  return [what](Context&) { return inspect(*what); };
}

}  // namespace veilray::cli
