#pragma once
#include <filesystem>

#include "base/error.h"

namespace veilray {

/// An errno in plain words, with what the user can do about it.
Failure io_failure(int error, const std::filesystem::path& path);

}  // namespace veilray
