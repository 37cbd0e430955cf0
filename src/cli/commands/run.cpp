#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include "base/in_file.h"
#include "cli/bench/harness.h"
#include "cli/classifier.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/kit.h"
#include "cli/latent.h"
#include "cli/machine.h"
#include "cli/model_lookup.h"
#include "cli/network_source.h"
#include "cli/output.h"
#include "cli/unit_times.h"
#include "graph/interpret.h"
#include "plan/cost.h"
#include "runtime/clear_run.h"
#include "tensor/npy.h"

namespace veilray::cli {
namespace {

struct RunOptions {
  std::string model;
  NetworkSource network;  // instead of a model, in plain
  std::filesystem::path input, output, trace;
  bool encrypted = false, plain = false, clear_slots = false;

  RunMode mode() const {
    if (plain) return RunMode::kPlain;
    return clear_slots ? RunMode::kClearSlots : RunMode::kEncrypted;
  }
};

/// The program on plain doubles.
class ClearClassifier final : public Classifier {
 public:
  ClearClassifier(const plan::LoadedModel& model, ThreadPool& pool)
      : model_(model), run_(model.program, model.model.plan, pool) {}
  std::size_t most() const override { return model_.kit.images; }
  Result<Classified> classify(std::span<const tensor::Tensor> latents) override {
    VEILRAY_TRY(stacked, client::check_latents(model_.kit, latents));
    const auto& kit = model_.kit;
    Classified classified;
    const Stopwatch watch;
    const auto logits = run_.logits(stacked, kit.outputs * kit.images);
    classified.ms.infer = watch.ms();
    classified.logits = logits_of_each(logits, latents.size(), kit.outputs);
    return classified;
  }

 private:
  const plan::LoadedModel& model_;
  runtime::ClearRun run_;
};

struct Answers {
  tensor::Tensor logits;  // [n, outputs]
  std::vector<double> ms;
  double max_abs_error = 0;
  WireBytes bytes;
};

Result<Answers> answer_all(Classifier& classifier, PlainClassifier& reference,
                           std::span<const tensor::Tensor> latents, std::int64_t outputs,
                           Progress& progress) {
  Answers answers;
  answers.logits.shape = {static_cast<std::int64_t>(latents.size()), outputs};
  const auto compare = [&](double got, double want) {
    answers.logits.data.push_back(static_cast<float>(got));
    // Of logits that are no numbers nothing can be said but that they are wrong.
    const double error = std::abs(got - want);
    answers.max_abs_error = std::max(
        answers.max_abs_error, std::isnan(error) ? std::numeric_limits<double>::infinity() : error);
  };
  const auto take = [&](std::size_t first, const Classified& got) -> Status {
    for (std::size_t image = 0; image < got.logits.size(); ++image) {
      VEILRAY_TRY(want, reference.classify(latents.subspan(first + image, 1)));
      for (std::size_t k = 0; k < got.logits[image].size(); ++k)
        compare(got.logits[image][k], want.logits.front()[k]);
      answers.ms.push_back(got.ms.infer / static_cast<double>(got.logits.size()));
    }
    answers.bytes = got.bytes;
    progress.update("inputs", first + got.logits.size(), latents.size());
    return Done{};
  };
  VEILRAY_CHECK_OK(classify_all(classifier, latents, take));
  return answers;
}

/// By step: the largest error of a slot of its results against the program on doubles. Digits that
/// rotations share are not compared: no number.
Result<std::vector<double>> step_errors(EncryptedClassifier& classifier,
                                        const plan::LoadedModel& model,
                                        std::span<const tensor::Tensor> latents, Context& context) {
  VEILRAY_TRY(stacked, client::check_latents(model.kit, latents));
  runtime::ClearRun clear(model.program, model.model.plan, context.pool);
  const auto want = clear.values(stacked);
  std::vector<double> of_value(want.size(), std::numeric_limits<double>::quiet_NaN());
  std::size_t done = 0;
  runtime::Trace trace;
  trace.on_ciphertext = [&](plan::ValueId id, const ckks::Ciphertext& ct) {
    const auto got = classifier.slots(ct);
    double& worst = of_value[id.value] = 0;
    for (std::size_t i = 0; i < got.size(); ++i)
      worst = std::max(worst, std::abs(got[i] - want[id.value][i]));
    context.progress.update("comparing with the clear run", ++done, want.size());
  };
  classifier.trace(&trace);
  const auto classified = classifier.classify(latents);
  classifier.trace(nullptr);
  if (!classified.ok()) return classified.failure();
  std::vector<double> errors;
  for (const auto& step : model.program.steps) {
    const auto first = of_value.begin() + step.first.value;
    errors.push_back(*std::max_element(first, first + step.results));
  }
  return errors;
}

/// The last request's times, and its errors in one more run that is not timed.
Status write_trace(const RunOptions& options, EncryptedClassifier& classifier,
                   const plan::LoadedModel& model, std::span<const tensor::Tensor> latents,
                   const runtime::Trace& trace, Context& context) {
  const plan::CostModel cost(model.params.spec(), measure_unit_times(model.params));
  std::vector<double> predicted;
  for (const auto& step : model.program.steps)
    predicted.push_back(cost.step_ms(model.program, step));
  const std::size_t last = (latents.size() - 1) / classifier.most() * classifier.most();
  VEILRAY_TRY(errors, step_errors(classifier, model, latents.subspan(last), context));
  return write_file(options.trace,
                    as_bytes(runtime::trace_csv(model.program, trace, predicted, errors)),
                    {.overwrite = context.options.overwrite()});
}

/// A network that need not be compiled: those whose encryption is not there yet run, too.
Result<Report> run_network(const RunOptions& options, Context& context) {
  NetworkSource network = options.network;
  network.onnx = options.model;
  VEILRAY_TRY(latents, load_latents(options.input));
  VEILRAY_TRY(record, read_record(network));
  if (record) VEILRAY_CHECK_OK(check_record(*record, network.choice, {}, "", network.record));
  VEILRAY_TRY(named, load_network(network, get(record)));
  tensor::Tensor logits{{latents.shape[0], named.graph.output_shape()[0]}, {}};
  std::vector<double> ms;
  for (std::int64_t i = 0; i < latents.shape[0]; ++i) {
    const auto latent = slice(latents, i);
    VEILRAY_CHECK_OK(require_shape(latent, named.graph.input_shape(), options.input));
    const Stopwatch watch;
    const auto answer = graph::run(named.graph, latent);
    ms.push_back(watch.ms());
    logits.data.insert(logits.data.end(), answer.data.begin(), answer.data.end());
  }
  if (!options.output.empty()) {
    VEILRAY_CHECK_OK(
        tensor::save_npy(options.output, logits, {.overwrite = context.options.overwrite()}));
  }
  RunReport report;
  report.mode = RunMode::kPlain;
  report.n = ms.size();
  report.ms_per_image = summarize(ms).median;
  report.peak_rss_mb = peak_rss_mb();
  return make_report(report);
}

Result<Report> run(const RunOptions& options, Context& context) {
  VEILRAY_CHECK_OK(check_output(options.output, context.options));
  if (options.model.empty() || options.model.ends_with(".onnx")) {
    if (options.plain) return run_network(options, context);
    return Failure{ErrorCode::kUsage, "no model", "veilray run",
                   "name a model folder, or a network with --plain --arch or --plain net.onnx"};
  }
  VEILRAY_CHECK_OK(check_output(options.trace, context.options));
  VEILRAY_TRY(folder, find_model(options.model, model_folders()));
  VEILRAY_TRY(loaded, load_latents(options.input));
  const auto latents = slices(loaded);
  VEILRAY_TRY(model, plan::load_model(folder));
  RunReport report;
  report.mode = options.mode();
  runtime::Trace trace;
  std::unique_ptr<Classifier> classifier;
  EncryptedClassifier* traced = nullptr;
  if (report.mode == RunMode::kEncrypted) {
    VEILRAY_TRY(made, EncryptedClassifier::create(model, {}, context.pool, context.progress));
    if (!options.trace.empty()) {
      made->trace(&trace);
      traced = made.get();
    }
    report.ms_keygen = made->set_up().keygen_ms;
    report.ms_load = made->set_up().load_ms;
    report.key_bytes = made->set_up().key_bytes;
    classifier = std::move(made);
  } else if (report.mode == RunMode::kClearSlots) {
    classifier = std::make_unique<ClearClassifier>(model, context.pool);
  } else {
    classifier = std::make_unique<PlainClassifier>(model);
  }
  PlainClassifier reference(model);
  VEILRAY_TRY(answers, in_file(options.input, answer_all(*classifier, reference, latents,
                                                         model.kit.outputs, context.progress)));
  const auto overwrite = context.options.overwrite();
  if (!options.output.empty()) {
    VEILRAY_CHECK_OK(tensor::save_npy(options.output, answers.logits, {.overwrite = overwrite}));
  }
  if (traced != nullptr)
    VEILRAY_CHECK_OK(write_trace(options, *traced, model, latents, trace, context));
  report.n = answers.ms.size();
  report.ms_per_image = summarize(answers.ms).median;
  report.peak_rss_mb = peak_rss_mb();
  report.bytes = answers.bytes;
  report.max_abs_error = answers.max_abs_error;
  report.levels = model.params.max_level().value;
  report.security = security_of(model.params);
  return make_report(report);
}

}  // namespace

Action add_run(CLI::App& command) {
  auto options = std::make_shared<RunOptions>();
  auto* model = command.add_option("MODEL", options->model, "the model folder, or its name");
  add_network_options(command, options->network, model);
  command.add_option("--input", options->input, "latents [n, c, h, w]")
      ->type_name("FILE.npy")
      ->required();
  command.add_option("-o,--output", options->output, "the logits to write, [n, classes]")
      ->type_name("FILE.npy");
  auto* encrypted = command.add_flag("--encrypted", options->encrypted, "on ciphertexts (default)");
  auto* plain = command.add_flag("--plain", options->plain, "the float network");
  auto* clear = command.add_flag("--clear-slots", options->clear_slots, "the program on doubles");
  plain->excludes(encrypted);
  clear->excludes(encrypted)->excludes(plain);
  command.add_option("--trace", options->trace, "time and error of each operation, encrypted only")
      ->type_name("FILE.csv")
      ->excludes(plain)
      ->excludes(clear);
  command.footer(
      "With --plain, a network may stand for the model: net.onnx, or --arch and --weights, as for\n"
      "compile.\n"
      "Example: veilray run MODEL --input latents.npy --encrypted -o logits.npy\n"
      "         veilray run --plain --arch resnet20 --weights net.safetensors --input latents.npy");
  return [options](Context& context) { return run(*options, context); };
}

}  // namespace veilray::cli
