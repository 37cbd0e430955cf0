#include "cli/app.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "base/one_line.h"
#include "cli/build_info.h"
#include "cli/console.h"
#include "cli/help.h"
#include "math/kernels/table.h"

namespace veilray::cli {
namespace {

constexpr std::size_t kMaxThreads = 1024;

void add_common_options(CLI::App& app, CommonOptions& options) {
  app.add_flag("--json", options.json, "print one JSON object on stdout instead of text");
  app.add_flag("--quiet", options.quiet, "no progress, no notes");
  app.add_flag("--force", options.force,
               "overwrite outputs; take films that the header speaks against");
  app.add_option("--threads", options.threads, "threads to use (default: all cores)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, kMaxThreads));
}

/// CLI11's message as our one line: what, where, mend. It takes the value of an option that there
/// is not for an argument, and may complain of that first.
Failure usage_failure(const CLI::ParseError& error, const CLI::App& app) {
  std::string what = error.what();
  if (what.empty()) what = "the command line is wrong";
  for (const std::string& unknown : app.remaining(true))
    if (unknown.starts_with("-")) what = "there is no option " + unknown;
  // Only our own parts are parted by ": ", and only our own line is printed.
  for (std::size_t at = 0; (at = what.find(": ", at)) != std::string::npos;) what.erase(at, 1);
  std::replace(what.begin(), what.end(), '\n', ' ');
  const auto chosen = app.get_subcommands();
  const std::string name =
      app.get_name() + (chosen.empty() ? "" : " " + chosen.front()->get_name());
  return {ErrorCode::kUsage, what, name, "see " + name + " --help"};
}

/// File names need not be UTF-8, which JSON is: what is not becomes U+FFFD.
std::string json_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// Line by line: kits and weights from elsewhere name labels and tensors.
std::string safe_text(const std::string& text) {
  std::string safe;
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find('\n', from), text.size());
    safe += one_line(text.substr(from, end - from)) + "\n";
    from = end + 1;
  }
  return safe;
}

Status finish(const Report& report, bool json) {
  return print_result(json ? json_text(report.json) : safe_text(report.text));
}

int fail(const Failure& failure) {
  print_error(failure);
  return exit_code(failure);
}

/// Runs the chosen command. Exceptions are our bugs or an exhausted machine: one line for them too.
int run_command(const Action& action, const CommonOptions& options) {
  try {
    ThreadPool pool(options.threads);
    const auto progress = make_progress(options.quiet);
    Context context{options, pool, *progress};
    const auto report = action(context);
    if (!report.ok()) return fail(report.failure());
    if (const auto status = finish(report.value(), options.json); !status.ok()) {
      return fail(status.failure());
    }
    return report.value().failed ? 1 : 0;
  } catch (const std::bad_alloc&) {
    return fail(
        {ErrorCode::kInternal, "out of memory", "", "use fewer threads or a smaller input"});
  } catch (const Error& error) {
    return fail({error.code(), error.what()});
  } catch (const std::exception& error) {
    return fail({ErrorCode::kInternal, "internal error", error.what(), "please report it"});
  }
}

}  // namespace

int run_program(const Program& program, int argc, const char* const* argv) {
  CLI::App app(program.about, program.name);
  app.formatter(make_help_formatter());
  CommonOptions options;
  add_common_options(app, options);
  app.set_version_flag("--version", fmt::format("{} {}", program.name, build_info().version));
  app.require_subcommand(1);
  app.footer(fmt::format("Example: {}\nHelp on a command: {} COMMAND --help", program.example,
                         program.name));

  std::vector<std::pair<CLI::App*, Action>> actions;
  for (const auto& entry : program.commands) {
    auto* command = app.add_subcommand(entry.name, entry.does)->group("Commands");
    actions.emplace_back(command, entry.add(*command));
    add_common_options(*command, options);
  }
  app.set_help_all_flag("--help-all", "help on every command");  // last: not inherited
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help and --version
    return app.exit(request);
  } catch (const CLI::ParseError& error) {
    return fail(usage_failure(error, app));
  }
  // Before anything is computed, so that a wrong VEILRAY_KERNELS is the user's error, not a crash.
  if (const auto table = math::select_kernels(std::getenv("VEILRAY_KERNELS")); !table.ok()) {
    auto failure = table.failure();
    failure.code = ErrorCode::kUsage;
    return fail(failure);
  }
  const auto chosen = std::find_if(actions.begin(), actions.end(),
                                   [](const auto& entry) { return entry.first->parsed(); });
  return run_command(chosen->second, options);
}

}  // namespace veilray::cli
