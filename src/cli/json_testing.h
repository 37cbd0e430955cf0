#pragma once
// What tests ask of a report's JSON.
#include <string>
#include <vector>

#include "cli/command.h"

namespace veilray::cli {

/// The object's keys in their order.
inline std::vector<std::string> keys(const Json& json) {
  std::vector<std::string> names;
  for (const auto& [name, value] : json.items()) names.push_back(name);
  return names;
}

}  // namespace veilray::cli
