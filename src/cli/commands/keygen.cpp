#include <fmt/core.h>

#include <memory>

#include "base/hash.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/kit.h"
#include "cli/model_lookup.h"
#include "cli/output.h"
#include "client/keys.h"

namespace veilray::cli {
namespace {

struct KeygenOptions {
  std::string model;
  std::filesystem::path output;
};

Result<Report> keygen(const KeygenOptions& options, Context& context) {
  VEILRAY_CHECK_OK(check_output(options.output, context.options));
  VEILRAY_TRY(open, open_kit(options.model));
  const Stopwatch watch;
  SystemRng secret_rng;
  SystemRng public_rng;
  const auto keys =
      client::generate_keys(open.params, open.kit, secret_rng, public_rng, context.progress);
  const double ms = watch.ms();
  VEILRAY_CHECK_OK(
      client::save_keys(options.output, open.params, open.kit, keys, context.options.overwrite()));
  std::error_code ignored;
  const auto bytes = std::filesystem::file_size(options.output / "evaluation.key", ignored);
  return Report{{{"keys", options.output.string()},
                 {"client_id", to_hex(keys.client_id)},
                 {"model", open.kit.name},
                 {"evaluation_key_bytes", bytes},
                 {"ms", ms},
                 {"security", to_json(security_of(open.params))}},
                fmt::format("{}: secret.key (keep it), public.key, evaluation.key ({}), {:.0f} ms\n"
                            "{}\n",
                            options.output.string(), bytes_text(bytes), ms,
                            to_text(security_of(open.params)))};
}

}  // namespace

Action add_keygen(CLI::App& command) {
  auto options = std::make_shared<KeygenOptions>();
  command.add_option("-m,--model", options->model, "the client kit, or its model")
      ->type_name("DIR")
      ->required();
  command.add_option("-o,--output", options->output, "the folder for the keys")
      ->type_name("KEYS")
      ->required();
  command.footer("Example: veilray keygen -m MODEL/client-kit -o KEYS");
  return [options](Context& context) { return keygen(*options, context); };
}

}  // namespace veilray::cli
