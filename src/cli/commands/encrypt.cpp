#include <fmt/core.h>

#include <memory>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/in_file.h"
#include "cli/kit.h"
#include "cli/latent.h"
#include "cli/output.h"
#include "client/keys.h"
#include "client/request.h"

namespace veilray::cli {
namespace {

struct EncryptOptions {
  std::filesystem::path input, keys, output;
  std::string model;
};

Result<tensor::Tensor> read_latent(const EncryptOptions& options, const OpenKit& open,
                                   const Context& context) {
  if (options.input.extension() == ".npy") return load_latent(options.input);
  VEILRAY_TRY(maker, LatentMaker::create(open, context.options.threads));
  VEILRAY_TRY(made, maker.from_film(options.input, context.options.force));
  return std::move(made.latent);
}

Result<Report> encrypt(const EncryptOptions& options, const Context& context) {
  VEILRAY_CHECK_OK(check_output(options.output, context.options));
  VEILRAY_TRY(open, open_kit(options.model));
  VEILRAY_TRY(key, client::load_secret_key(options.keys, open.params, open.kit));
  VEILRAY_TRY(latent, read_latent(options, open, context));
  const client::Client client(open.params, open.kit, key);
  SystemRng secret_rng;
  SystemRng public_rng;
  const Stopwatch watch;
  VEILRAY_TRY(request, in_file(options.input, client.encrypt(latent, secret_rng, public_rng)));
  const double ms = watch.ms();
  VEILRAY_CHECK_OK(write_file(options.output, request, {.overwrite = context.options.overwrite()}));
  return Report{
      {{"file", options.output.string()}, {"bytes", request.size()}, {"ms", ms}},
      fmt::format("{}: {}, {:.1f} ms\n", options.output.string(), bytes_text(request.size()), ms)};
}

}  // namespace

Action add_encrypt(CLI::App& command) {
  auto options = std::make_shared<EncryptOptions>();
  command.add_option("INPUT", options->input, "a radiograph, or a .npy latent")->required();
  command.add_option("-k,--keys", options->keys, "the folder that keygen wrote")
      ->type_name("KEYS")
      ->required();
  command.add_option("-m,--model", options->model, "the client kit, or its model")
      ->type_name("DIR")
      ->required();
  command.add_option("-o,--output", options->output, "the ciphertext to write")
      ->type_name("FILE")
      ->required();
  command.footer("Example: veilray encrypt chest.png -k KEYS -m MODEL/client-kit -o x.ct");
  return [options](Context& context) { return encrypt(*options, context); };
}

}  // namespace veilray::cli
