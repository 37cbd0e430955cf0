// What the server does. Nothing here can name a secret key.
#include <fmt/core.h>

#include <memory>

#include "base/in_file.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/model_lookup.h"
#include "cli/output.h"
#include "cli/reports.h"
#include "plan/model.h"
#include "runtime/incoming.h"
#include "runtime/inference.h"

namespace veilray::cli {
namespace {

constexpr std::uint64_t kMaxKeyBytes = std::uint64_t{4} << 30;
constexpr std::uint64_t kMaxRequestBytes = std::uint64_t{1} << 30;

struct InferOptions {
  std::filesystem::path input, keys, output;
  std::string model;
};

/// The bytes go at once: they are half as many as the keys themselves.
Result<ckks::EvaluationKeyBundle> read_keys(const std::filesystem::path& path,
                                            const plan::LoadedModel& model) {
  VEILRAY_TRY(bytes, read_file(path, kMaxKeyBytes));
  return in_file(path, runtime::parse_keys(model, bytes));
}

Result<Report> infer(const InferOptions& options, Context& context) {
  VEILRAY_CHECK_OK(check_output(options.output, context.options));
  VEILRAY_TRY(folder, find_model(options.model, model_folders()));
  VEILRAY_TRY(request, read_file(options.input, kMaxRequestBytes));
  VEILRAY_TRY(model, plan::load_model(folder));
  const Stopwatch load;
  VEILRAY_TRY(keys, read_keys(options.keys, model));
  // Refused here rather than after a second of encoding weights.
  VEILRAY_CHECK_OK(in_file(options.input, runtime::parse_request(model, keys, request)));
  runtime::Inference inference(model, context.pool, context.progress);
  const double load_ms = load.ms();
  SystemRng rng;
  const Stopwatch watch;
  VEILRAY_TRY(answer, in_file(options.input, inference.answer(request, keys, rng)));
  const double ms = watch.ms();
  VEILRAY_CHECK_OK(write_file(options.output, answer, {.overwrite = context.options.overwrite()}));
  return Report{
      {{"file", options.output.string()},
       {"bytes", answer.size()},
       {"ms", {{"load", load_ms}, {"infer", ms}}}},
      fmt::format("{}: {}, {:.0f} ms\n", options.output.string(), bytes_text(answer.size()), ms)};
}

}  // namespace

Action add_infer(CLI::App& command) {
  auto options = std::make_shared<InferOptions>();
  command.add_option("REQUEST", options->input, "the ciphertext that a client made")->required();
  command.add_option("-e,--evaluation-key", options->keys, "that client's evaluation.key")
      ->type_name("FILE")
      ->required();
  command.add_option("-m,--model", options->model, "the model folder, or its name")
      ->type_name("DIR")
      ->required();
  command.add_option("-o,--output", options->output, "the answer to write")
      ->type_name("FILE")
      ->required();
  command.footer("Example: veilray infer x.ct -e KEYS/evaluation.key -m MODEL -o y.ct");
  return [options](Context& context) { return infer(*options, context); };
}

}  // namespace veilray::cli
