#pragma once
#include <filesystem>
#include <string>

namespace veilray::train {

/// The last part of a path, "films/" and "films" alike: cards tell no more of a user's folders.
inline std::string name_of(const std::filesystem::path& path) {
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

}  // namespace veilray::train
