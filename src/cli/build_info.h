#pragma once
#include <string_view>

namespace veilray::cli {

/// What this program was made of; written by cmake/WriteBuildInfo.cmake.
struct BuildInfo {
  std::string_view version, commit, compiler, flags;
};
BuildInfo build_info();

}  // namespace veilray::cli
