#pragma once
// For tests: folders that clean up after themselves.
#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

#ifdef __linux__
#include <sys/mount.h>

#include <optional>
#include <utility>
#endif

namespace veilray {

/// An empty folder of its own under the system's temporary one, removed with everything in it.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "veilray-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), name);
    }
    path_ = name;
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

#ifdef __linux__
/// A real file system of 64 KiB, to be filled. Only root may mount one.
class SmallDisk {
 public:
  static std::optional<SmallDisk> mount_at(const std::filesystem::path& folder) {
    if (::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=64k") != 0) return std::nullopt;
    return SmallDisk(folder);
  }
  SmallDisk(SmallDisk&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}
  SmallDisk& operator=(SmallDisk&&) = delete;
  ~SmallDisk() {
    if (!folder_.empty()) ::umount(folder_.c_str());
  }

 private:
  explicit SmallDisk(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path folder_;
};
#endif

}  // namespace veilray
