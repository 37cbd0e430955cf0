#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "base/in_file.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/kit.h"
#include "cli/latent.h"
#include "cli/output.h"
#include "client/keys.h"
#include "client/request.h"

namespace veilray::cli {
namespace {

struct EncryptOptions {
  std::vector<std::filesystem::path> inputs;
  std::filesystem::path keys, output;
  std::string model;
};

bool is_latent(const std::filesystem::path& input) { return input.extension() == ".npy"; }

/// Each is what the kit expects, or the failure names its file.
Result<std::vector<tensor::Tensor>> read_latents(const EncryptOptions& options, const OpenKit& open,
                                                 const Context& context) {
  std::optional<LatentMaker> maker;
  if (!std::ranges::all_of(options.inputs, is_latent)) {
    VEILRAY_TRY(made, LatentMaker::create(open, context.options.threads));
    maker.emplace(std::move(made));
  }
  std::vector<tensor::Tensor> latents;
  const auto add = [&](const std::filesystem::path& input, tensor::Tensor latent) -> Status {
    VEILRAY_TRY(checked, in_file(input, client::check_latent(open.kit, latent)));
    latents.push_back(std::move(checked));
    return Done{};
  };
  for (const auto& input : options.inputs) {
    if (is_latent(input)) {
      VEILRAY_TRY(latent, load_latent(input));
      VEILRAY_CHECK_OK(add(input, std::move(latent)));
    } else {
      VEILRAY_TRY(made, maker->from_film(input, context.options.force));
      VEILRAY_CHECK_OK(add(input, std::move(made.latent)));
    }
  }
  return latents;
}

/// Before anything is read.
Status check_count(const EncryptOptions& options, const OpenKit& open) {
  if (options.inputs.size() <= open.kit.images) return Done{};
  return Failure{ErrorCode::kUsage,
                 fmt::format("{} images, where a ciphertext of this model carries {}",
                             options.inputs.size(), open.kit.images),
                 "veilray encrypt", "encrypt them into several files"};
}

Result<Report> encrypt(const EncryptOptions& options, const Context& context) {
  VEILRAY_CHECK_OK(check_output(options.output, context.options));
  VEILRAY_TRY(open, open_kit(options.model));
  VEILRAY_TRY(key, client::load_secret_key(options.keys, open.params, open.kit));
  VEILRAY_CHECK_OK(check_count(options, open));
  VEILRAY_TRY(latents, read_latents(options, open, context));
  const client::Client client(open.params, open.kit, key);
  SystemRng secret_rng;
  SystemRng public_rng;
  const Stopwatch watch;
  VEILRAY_TRY(request, client.encrypt(latents, secret_rng, public_rng));
  const double ms = watch.ms();
  VEILRAY_CHECK_OK(write_file(options.output, request, {.overwrite = context.options.overwrite()}));
  return Report{
      {{"file", options.output.string()}, {"bytes", request.size()}, {"ms", ms}},
      fmt::format("{}: {}, {:.1f} ms\n", options.output.string(), bytes_text(request.size()), ms)};
}

}  // namespace

Action add_encrypt(CLI::App& command) {
  auto options = std::make_shared<EncryptOptions>();
  command
      .add_option("INPUT", options->inputs,
                  "a radiograph, or a .npy latent; as many as the model has in a ciphertext")
      ->required();
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
