#pragma once
// For tests: folders of films that hold no picture.
#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.h"
#include "base/test_folder.h"

namespace veilray::dataset::test {

class FilmFolder {
 public:
  const std::filesystem::path& path() const { return folder_.path(); }
  /// Writes a file, and the folders above it.
  void write(const std::filesystem::path& name, const std::string& text = "no picture") {
    std::filesystem::create_directories((path() / name).parent_path());
    std::ofstream(path() / name) << text;
  }

 private:
  TestFolder folder_;
};

template <class T>
std::string line_of(const Result<T>& result) {
  return result.ok() ? "" : result.failure().line();
}

}  // namespace veilray::dataset::test
