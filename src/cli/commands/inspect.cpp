#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/inspection.h"
#include "cli/model_lookup.h"

namespace veilray::cli {
namespace {

/// A kit's own folder, a model's folder or name, or a file.
Result<Report> inspect(const std::string& what) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(std::filesystem::path(what) / kKitFile, ignored)) {
    return inspect_kit(what);
  }
  if (std::filesystem::is_regular_file(what, ignored)) return inspect_file(what);
  VEILRAY_TRY(folder, find_model(what, model_folders()));
  return inspect_model(folder);
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
