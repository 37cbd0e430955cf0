#pragma once
#include <string>

namespace veilray {

/// The text with `?` for each control character. Names from outside (files, labels) may hold any
/// byte; none of them may break a line or steer a terminal.
std::string one_line(std::string text);

}  // namespace veilray
