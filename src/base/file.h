#pragma once
// Whole files in and out. Writing is all or nothing: a temporary beside the target, flushed,
// renamed.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace veilray {

/// Fails with kIo (missing, a folder, unreadable) or kMalformed (longer than `max_bytes`), naming
/// the path.
Result<std::vector<std::byte>> read_file(const std::filesystem::path& path,
                                         std::uint64_t max_bytes);

enum class Overwrite : std::uint8_t { kRefuse, kReplace };
struct WriteOptions {
  Overwrite overwrite = Overwrite::kRefuse;
  std::uint32_t mode = 0644;  // POSIX permissions; secret keys use 0600, created with O_EXCL
};

/// Either the whole file stands at `path` afterwards, or what stood there before does.
/// Fails with kExists, or kIo (full disk, unwritable folder), naming the path; leaves no temporary.
Status write_file(const std::filesystem::path& path, std::span<const std::byte> bytes,
                  const WriteOptions& options = {});

std::span<const std::byte> as_bytes(std::string_view text) noexcept;

}  // namespace veilray
