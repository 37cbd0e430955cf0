#include "cli/model_lookup.h"

#include <cstdlib>
#include <system_error>

namespace veilray::cli {
namespace fs = std::filesystem;
namespace {

bool has_file(const fs::path& folder, std::string_view name) {
  std::error_code ignored;  // what cannot be looked at is not there
  return fs::is_regular_file(folder / name, ignored);
}

/// A name has no separator and is not "." or "..": everything else is a path and is not looked up.
bool is_name(std::string_view text) {
  return !text.empty() && text.find('/') == std::string_view::npos && text != "." && text != "..";
}

/// `name_or_path` itself, then as a name in each folder.
std::vector<fs::path> candidates(std::string_view name_or_path,
                                 const std::vector<fs::path>& folders) {
  std::vector<fs::path> found = {fs::path(name_or_path)};
  if (is_name(name_or_path)) {
    for (const auto& folder : folders) found.push_back(folder / name_or_path);
  }
  return found;
}

Failure not_found(std::string_view name, const char* what, const std::vector<fs::path>& tried) {
  std::string places;
  for (const auto& place : tried) places += (places.empty() ? "" : ", ") + place.string();
  return {ErrorCode::kIo, std::string("no ") + what + " " + std::string(name), places,
          "make one with veilray compile, or set VEILRAY_MODELS"};
}

}  // namespace

std::vector<fs::path> model_folders() {
  std::vector<fs::path> folders;
  if (const char* set = std::getenv("VEILRAY_MODELS"); set != nullptr && *set != '\0') {
    folders.emplace_back(set);
  }
  std::error_code failed;
  const auto program = fs::read_symlink("/proc/self/exe", failed);
  if (!failed) {
    const auto beside = program.parent_path();
    folders.push_back((beside / "../share/veilray/models").lexically_normal());
    // build/<preset>/veilray lies two folders below the source tree's root.
    folders.push_back((beside / "../../models").lexically_normal());
  }
  return folders;
}

Result<fs::path> find_model(std::string_view name_or_path, const std::vector<fs::path>& folders) {
  const auto tried = candidates(name_or_path, folders);
  for (const auto& place : tried) {
    if (has_file(place, kModelFile)) return place;
  }
  return not_found(name_or_path, "model", tried);
}

Result<fs::path> find_client_kit(std::string_view name_or_path,
                                 const std::vector<fs::path>& folders) {
  const auto tried = candidates(name_or_path, folders);
  for (const auto& place : tried) {
    if (has_file(place, kKitFile)) return place;
    if (has_file(place / kKitFolder, kKitFile)) return place / kKitFolder;
  }
  return not_found(name_or_path, "client kit", tried);
}

}  // namespace veilray::cli
