#include "train/classifier_run.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/file.h"
#include "base/in_file.h"
#include "base/staged_folder.h"
#include "graph/ranges.h"
#include "tensor/npy.h"
#include "train/classifier_folds.h"
#include "train/classifier_results.h"
#include "train/curves.h"
#include "train/latent_batch.h"
#include "train/path_names.h"
#include "vision/pixel_source.h"
#include "vision/vqgan/fingerprint.h"

namespace veilray::train {
namespace {

constexpr const char* kCheckpoint = "checkpoint";
constexpr const char* kCheckpointMark = "chosen.safetensors";
constexpr const char* kWeights = "weights.safetensors";
constexpr const char* kRecord = "classifier.json";
constexpr const char* kLog = "metrics.csv";
constexpr const char* kLogHead =
    "epoch,learning_rate,loss,penalty,largest_activation_input,fold_loss,fold_macro_auroc\n";
constexpr const char* kCalibration = "calibration.npy";
constexpr std::size_t kCalibrationFilms = 16;
constexpr const char* kProbabilities = "probabilities.csv";
constexpr const char* kCurves = "curves.svg";
constexpr std::uint64_t kMaxTextBytes = std::uint64_t{64} << 20;

Result<std::string> read_text(const std::filesystem::path& path) {
  VEILRAY_TRY(bytes, read_file(path, kMaxTextBytes));
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

/// What the network sees of a film: a VQGAN's latent, or the film made smaller.
struct Input {
  vision::LatentSource source;
  std::int64_t channels = 0, size = 0;
  std::string fingerprint;  // of the VQGAN, if there is one
};

Result<Input> load_vqgan(const ClassifierRun& run, vision::LatentForm form, std::size_t threads) {
  VEILRAY_TRY(config, vision::vqgan::load_config(run.vqgan_config));
  VEILRAY_TRY(weights, tensor::load_safetensors(run.vqgan));
  VEILRAY_TRY(source, in_file(run.vqgan, vision::latent_source(config, weights, form, threads)));
  VEILRAY_TRY(print, vision::vqgan::fingerprint(config, weights));
  return Input{std::move(source), config.z_channels, config.latent_size(), to_hex(print)};
}

Result<Input> load_input(const ClassifierRun& run, const ClassifierRecipe& recipe,
                         std::size_t threads) {
  const bool pixels = recipe.latent == graph::InputForm::kPixels;
  const bool vqgan = !run.vqgan.empty() && !run.vqgan_config.empty();
  if (pixels && (!run.vqgan.empty() || !run.vqgan_config.empty()))
    return Failure{ErrorCode::kInvalidArgument, "a network on pixels needs no VQGAN", "--vqgan",
                   "leave it out, or set \"latent\" in the recipe to \"raw\""};
  if (!pixels && !vqgan)
    return Failure{ErrorCode::kInvalidArgument, "a network on latents needs its VQGAN", "--vqgan",
                   "give --vqgan and --vqgan-config, or set \"latent\" to \"pixels\""};
  if (pixels) return Input{vision::pixel_source(recipe.size), 1, recipe.size, ""};
  const bool raw = recipe.latent == graph::InputForm::kRawLatent;
  return load_vqgan(run, raw ? vision::LatentForm::kRaw : vision::LatentForm::kQuantised, threads);
}

Result<std::optional<tensor::TensorFile>> load_initial(const ClassifierRun& run) {
  if (run.initial.empty()) return std::optional<tensor::TensorFile>{};
  VEILRAY_TRY(weights, tensor::load_safetensors(run.initial));
  return std::optional{std::move(weights)};
}

std::vector<std::string> names_of(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::string> names;
  for (const auto& path : paths) names.push_back(name_of(path));
  return names;
}

/// The command without the folders, which are the user's own.
std::string command_of(const ClassifierRun& run) {
  auto text = fmt::format("veilray train classifier --config {} --data {}", name_of(run.recipe),
                          name_of(run.data));
  if (!run.vqgan.empty()) {
    text +=
        fmt::format(" --vqgan {} --vqgan-config {}", name_of(run.vqgan), name_of(run.vqgan_config));
  }
  const auto list = [&](const char* option, const std::vector<std::string>& values) {
    if (!values.empty()) text += fmt::format(" {} {}", option, fmt::join(values, ","));
  };
  list("--datasets", run.sources);
  list("--unlabelled", run.unlabelled);
  list("--teacher", names_of(run.teachers));
  if (!run.initial.empty()) text += " --init " + name_of(run.initial);
  return text + " -o " + name_of(run.output);
}

std::vector<Panel> curves() {
  return {{"Loss", {"loss", "fold_loss"}},
          {"Macro AUROC out of fold", {"fold_macro_auroc"}},
          {"Largest input of an activation", {"largest_activation_input"}}};
}

/// The output folder: log, checkpoint, and what comes out.
class Results {
 public:
  explicit Results(const ClassifierRun& run) : run_(run) {}

  Status prepare() const {
    std::error_code error;
    std::filesystem::create_directories(run_.output, error);
    if (error) return Failure{ErrorCode::kIo, error.message(), run_.output.string()};
    if (!run_.force && std::filesystem::exists(run_.output / kRecord)) {
      return Failure{ErrorCode::kExists, "there are results already", run_.output.string(),
                     "give another folder, or --force to begin anew"};
    }
    return Done{};
  }

  Status go_on(ClassifierFolds& folds) {
    const auto folder = run_.output / kCheckpoint;
    if (run_.force || !std::filesystem::exists(folder)) return Done{};
    VEILRAY_CHECK_OK(folds.load(folder));
    VEILRAY_TRY(log, read_text(folder / kLog));
    log_ = std::move(log);
    if (!run_.quiet) fmt::print(stderr, "going on after epoch {}\n", folds.epoch());
    return Done{};
  }

  Status add(const ClassifierFolds& folds, const ClassifierLogRow& row) {
    log_ += fmt::format("{},{:.6g},{:.5f},{:.5f},{:.3f},{:.5f},{:.5f}\n", row.epoch,
                        row.final.learning_rate, row.final.loss, row.final.penalty,
                        row.final.largest_input, row.fold_loss, row.fold_auroc);
    if (!run_.quiet) {
      fmt::print(stderr,
                 "epoch {}: loss {:.4f}, activation inputs to {:.1f}; out of fold: loss {:.4f}, "
                 "macro AUROC {:.4f}\n",
                 row.epoch, row.final.loss, row.final.largest_input, row.fold_loss, row.fold_auroc);
    }
    VEILRAY_TRY(picture, plot_log(log_, curves()));
    VEILRAY_CHECK_OK(
        write_file(run_.output / kCurves, as_bytes(picture), {.overwrite = Overwrite::kReplace}));
    return write_folder(run_.output / kCheckpoint,
                        {.overwrite = Overwrite::kReplace, .mark = kCheckpointMark},
                        [&](const std::filesystem::path& folder) -> Status {
                          VEILRAY_CHECK_OK(folds.save(folder));
                          return write_file(folder / kLog, as_bytes(log_));
                        });
  }

  /// The record comes last: where it stands, all the rest does.
  Status finish(const tensor::TensorFile& weights, const graph::ClassifierRecord& record,
                const tensor::Tensor& calibration, const std::string& probabilities,
                const std::string& card) const {
    const WriteOptions replace{.overwrite = Overwrite::kReplace};
    VEILRAY_CHECK_OK(write_file(run_.output / kProbabilities, as_bytes(probabilities), replace));
    VEILRAY_CHECK_OK(
        tensor::save_safetensors(run_.output / kWeights, weights, tensor::DType::kF16, replace));
    VEILRAY_CHECK_OK(tensor::save_npy(run_.output / kCalibration, calibration, replace));
    VEILRAY_CHECK_OK(write_file(run_.output / kLog, as_bytes(log_), replace));
    VEILRAY_CHECK_OK(write_file(run_.output / "card.md", as_bytes(card), replace));
    return graph::save_record(run_.output / kRecord, record, replace);
  }

 private:
  const ClassifierRun& run_;
  std::string log_ = kLogHead;
};

/// As the file will hold them: rounded to float16.
Result<tensor::TensorFile> rounded(tensor::TensorFile weights) {
  weights.metadata = {{"trained", "true"}};
  return tensor::parse_safetensors(tensor::write_safetensors(weights, tensor::DType::kF16));
}

struct Calibration {
  tensor::Tensor latents;  // those that drive activations farthest
  std::vector<graph::ActivationRange> ranges;
};

Result<Calibration> calibrate(const graph::ArchitectureSpec& spec,
                              const tensor::TensorFile& weights, const tensor::Tensor& latents) {
  VEILRAY_TRY(far, farthest_rows(spec, weights, latents, kCalibrationFilms));
  auto chosen = take_rows(latents, far);
  VEILRAY_TRY(evaluation, evaluate_classifier(spec, weights, chosen));
  return Calibration{std::move(chosen), std::move(evaluation.ranges)};
}

}  // namespace

Status run_classifier(const ClassifierRun& run, ThreadPool& pool, Progress& progress) {
  VEILRAY_TRY(recipe, load_classifier_recipe(run.recipe));
  VEILRAY_TRY(recipe_text, read_text(run.recipe));
  Results results(run);
  VEILRAY_TRY(input, load_input(run, recipe, pool.threads()));
  const graph::ArchitectureSpec spec{.name = recipe.architecture,
                                     .attention = recipe.attention,
                                     .in_channels = input.channels,
                                     .size = input.size};
  VEILRAY_CHECK_OK(graph::expected_tensors(spec));  // before the films are read, which takes long
  VEILRAY_TRY(trained, load_initial(run));
  VEILRAY_CHECK_OK(results.prepare());
  const auto cache = run.cache.empty() ? run.output / "latents" : run.cache;
  VEILRAY_TRY(data, load_classifier_data({.folder = run.data,
                                          .cache = cache,
                                          .teachers = run.teachers,
                                          .sources = run.sources,
                                          .unlabelled = run.unlabelled},
                                         recipe, input.source, progress));

  use_one_thread_each();  // the pool's threads train one network each
  VEILRAY_TRY(folds,
              ClassifierFolds::create(spec, recipe, data, pool, trained ? &*trained : nullptr));
  VEILRAY_CHECK_OK(results.go_on(folds));
  VEILRAY_CHECK_OK(folds.train([&](const auto& row) {
    progress.update("epochs", static_cast<std::size_t>(row.epoch),
                    static_cast<std::size_t>(recipe.epochs));
    return results.add(folds, row);
  }));

  VEILRAY_TRY(weights, rounded(folds.chosen().weights));
  VEILRAY_TRY(evaluation, evaluate_classifier(spec, weights, data.validation_latents));
  VEILRAY_TRY(calibration, calibrate(spec, weights, data.examples.copies.front()));
  // The compiler will see both: neither is to count as beyond what training recorded.
  graph::widen(evaluation.ranges, calibration.ranges);
  graph::ClassifierRecord record{.labels = data.labels,
                                 .architecture = spec,
                                 .input = recipe.latent,
                                 .vqgan = input.fingerprint,
                                 .metrics = {},
                                 .readings = choose_readings(data, folds.chosen().fold_logits),
                                 .ranges = evaluation.ranges};
  record.metrics = measure(data, evaluation.logits, record.readings);
  const auto card = write_card(record, data, folds.chosen(), recipe,
                               {name_of(run.output), command_of(run), recipe_text});
  VEILRAY_CHECK_OK(results.finish(weights, record, calibration.latents,
                                  tell_probabilities(record, data, folds, evaluation.logits),
                                  card));
  if (!run.quiet && record.metrics.macro_auroc) {
    fmt::print(stderr, "epoch {} taken; {} validation films: macro AUROC {:.4f}\n",
               folds.chosen().epoch, record.metrics.validation_films, *record.metrics.macro_auroc);
  }
  return Done{};
}

}  // namespace veilray::train
