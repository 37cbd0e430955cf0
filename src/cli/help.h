#pragma once
#include <CLI/CLI.hpp>
#include <memory>

namespace veilray::cli {

/// Help in the shape that people know from man pages, and that help2man makes one of: option names
/// and value names without CLI11's validator jargon.
std::shared_ptr<CLI::FormatterBase> make_help_formatter();

}  // namespace veilray::cli
