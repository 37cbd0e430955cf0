#pragma once
// For tests: DCMTK's own command line tools, where they are installed.

#include <cstdlib>
#include <filesystem>
#include <string>

namespace veilray::vision::test {

/// The package dcmtk. Tests that need it are skipped without it, and say so.
inline bool has_dcmtk_tools() {
  return std::system("command -v dcmcjpeg dcmcjpls dcmcrle dcmconv dcmdjpeg > /dev/null") == 0;
}

/// True if `tool source target` succeeds.
inline bool run_tool(const std::string& tool, const std::filesystem::path& source,
                     const std::filesystem::path& target) {
  const auto command = tool + " '" + source.string() + "' '" + target.string() + "' 2> /dev/null";
  return std::system(command.c_str()) == 0;
}

}  // namespace veilray::vision::test
