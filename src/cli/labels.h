#pragma once
#include <string>
#include <vector>

#include "base/error.h"

namespace veilray::cli {

/// `A,B,...`, or a file with one label a line. Fails with kUsage for an empty or a repeated label.
Result<std::vector<std::string>> read_labels(const std::string& list_or_file);

}  // namespace veilray::cli
