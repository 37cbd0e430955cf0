#include "cli/help.h"

#include <string>

namespace veilray::cli {
namespace {

constexpr std::size_t kColumn = 26;  // where descriptions begin

class HelpFormatter final : public CLI::Formatter {
 public:
  HelpFormatter() {
    column_width(kColumn);
    label("SUBCOMMAND", "COMMAND");
    label("Positionals", "Arguments");
  }

  /// "FILE", "N ...": of CLI11's "N:UINT in [1 - 9]" only what stands before the colon. What must
  /// be given and what may be repeated is said by the usage line and the description.
  std::string make_option_opts(const CLI::Option* option) const override {
    const auto type = option->get_type_name();
    if (option->get_type_size() == 0 || type.empty()) return "";
    return " " + type.substr(0, type.find(':')) + (option->get_required() ? " (required)" : "");
  }

  /// A positional's own name says what it is.
  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    if (!is_positional) return Formatter::make_option(option, is_positional);
    std::stringstream out;
    CLI::detail::format_help(out, make_option_name(option, true), make_option_desc(option),
                             get_column_width());
    return out.str();
  }

  /// One command within --help-all: a section of its own.
  std::string make_expanded(const CLI::App* command) const override {
    return "\nveilray " + command->get_name() + ":\n  " + command->get_description() + "\n" +
           make_positionals(command) + make_groups(command, CLI::AppFormatMode::Normal) + "\n  " +
           command->get_footer();
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> make_help_formatter() {
  return std::make_shared<HelpFormatter>();
}

}  // namespace veilray::cli
