#include <algorithm>
#include <memory>

#include "base/in_file.h"
#include "cli/classifier.h"
#include "cli/commands.h"
#include "cli/eval_report.h"
#include "cli/kit.h"
#include "cli/latent.h"
#include "cli/model_lookup.h"
#include "cli/vqgan_source.h"
#include "plan/images.h"
#include "runtime/clear_run.h"
#include "vision/latent_cache.h"

namespace veilray::cli {
namespace {

struct EvalOptions {
  std::string model{kDefaultModel};
  std::filesystem::path data, reference, cache;
  std::vector<std::string> sources;
  std::size_t encrypted = 0;
};

/// The validation films of a folder under the model's labels.
Result<dataset::Dataset> read_films(const EvalOptions& options, const plan::ClientKit& kit) {
  if (kit.labels.empty()) {
    return Failure{ErrorCode::kInvalidArgument, "the model's outputs have no names", options.model,
                   "compile it with --labels or --record"};
  }
  VEILRAY_TRY(read, dataset::read_dataset(options.data, {.sources = options.sources,
                                                         .labels = kit.labels,
                                                         .unknown_labels = true}));
  read.films = read.of(dataset::Split::kValidation);
  if (read.films.empty()) {
    return Failure{ErrorCode::kInvalidArgument, "no validation film", options.data.string(),
                   "films of split val or test are evaluated"};
  }
  return read;
}

/// Latents of the films that can be read; `films` keeps these only, `skipped` takes the others.
Result<tensor::Tensor> make_latents(const EvalOptions& options, const OpenKit& kit,
                                    dataset::Dataset& data, Context& context) {
  VEILRAY_TRY(vqgan, load_kit_vqgan(kit.folder));
  const auto form = kit.kit.latent == plan::LatentKind::kRaw ? vision::LatentForm::kRaw
                                                             : vision::LatentForm::kQuantised;
  VEILRAY_TRY(source, in_file(vqgan.file, vision::latent_source(vqgan.config, vqgan.weights, form,
                                                                context.options.threads)));
  std::vector<std::filesystem::path> paths;
  for (const auto& film : data.films) paths.push_back(film.file);
  const auto skip = [&](const std::filesystem::path& film, const Failure& failure) {
    data.skipped.push_back({film, failure.what});
  };
  VEILRAY_TRY(made, vision::cached_latents(options.cache, paths, source,
                                           {.force = context.options.force, .on_failure = skip},
                                           context.progress));
  std::vector<dataset::Film> readable;
  for (const auto film : made.film) readable.push_back(data.films[film]);
  data.films = std::move(readable);
  return std::move(made.latents);
}

/// As many of the latents as there are films.
Result<ScoredFilms> score(Classifier& classifier, std::span<const tensor::Tensor> latents,
                          ScoredFilms films, const char* stage, Progress& progress) {
  films.logits.clear();
  const auto count = films.films.size();
  progress.update(stage, 0, count);
  const auto take = [&](std::size_t, const Classified& classified) -> Status {
    for (const auto& logits : classified.logits) films.logits.push_back(logits);
    progress.update(stage, films.logits.size(), count);
    return Done{};
  };
  VEILRAY_CHECK_OK(classify_all(classifier, latents.first(count), take));
  return films;
}

/// The largest slot of any step, as a multiple of what calibration saw when the model was planned.
double range_ratio(const plan::LoadedModel& model, std::span<const tensor::Tensor> latents,
                   Context& context) {
  runtime::ClearRun run(model.program, model.model.plan, context.pool);
  const std::size_t each = model.kit.images;
  for (std::size_t i = 0; i < latents.size(); i += each) {
    context.progress.update("ranges", i, latents.size());
    const auto images = latents.subspan(i, std::min(each, latents.size() - i));
    run.logits(plan::stack_images(images, model.kit.images), model.kit.outputs);
  }
  context.progress.update("ranges", latents.size(), latents.size());
  const auto& planned = model.model.plan.ranges;
  double most = 0;
  for (std::size_t s = 0; s < planned.size() && s < model.program.steps.size(); ++s)
    if (planned[s] > 0)
      most = std::max(most, run.ranges()[model.program.steps[s].first.value] / planned[s]);
  return most;
}

Result<Agreement> run_encrypted(const EvalOptions& options, const plan::LoadedModel& model,
                                std::span<const tensor::Tensor> latents, const ScoredFilms& plain,
                                Context& context) {
  const auto some = plain.first(options.encrypted);
  VEILRAY_TRY(classifier, EncryptedClassifier::create(model, {}, context.pool, context.progress));
  VEILRAY_TRY(encrypted, score(*classifier, latents, some, "encrypted films", context.progress));
  auto agreement = compare(some, encrypted);
  agreement.range_ratio = range_ratio(model, latents.first(agreement.n), context);
  return agreement;
}

Result<Report> eval(const EvalOptions& options, Context& context) {
  VEILRAY_TRY(folder, find_model(options.model, model_folders()));
  VEILRAY_TRY(kit, open_kit((folder / kKitFolder).string()));
  VEILRAY_TRY(data, read_films(options, kit.kit));
  std::optional<dataset::Probabilities> reference;
  if (!options.reference.empty()) {
    VEILRAY_TRY(read, dataset::read_probabilities(options.reference));
    reference = std::move(read);
  }
  VEILRAY_TRY(model, plan::load_model(folder));
  VEILRAY_TRY(made, make_latents(options, kit, data, context));
  const auto latents = slices(made);

  ScoredFilms films{kit.kit.labels, kit.kit.readings, data.films, {}};
  if (films.readings.empty()) films.readings.resize(films.labels.size());
  PlainClassifier classifier(model);
  VEILRAY_TRY(plain, score(classifier, latents, std::move(films), "films", context.progress));
  EvalReport report{.model = kit.kit.name,
                    .trained = kit.kit.trained,
                    .evaluation = evaluate(plain),
                    .skipped = data.skipped};
  if (options.encrypted > 0) {
    VEILRAY_TRY(agreement, run_encrypted(options, model, latents, plain, context));
    report.encrypted = agreement;
  }
  if (reference) report.reference = compare(plain, *reference);
  return make_report(report);
}

}  // namespace

Action add_eval(CLI::App& command) {
  auto options = std::make_shared<EvalOptions>();
  command
      .add_option("-m,--model", options->model, "model folder or name (default: chest-f8-hefnet)")
      ->type_name("DIR");
  command
      .add_option("--data", options->data,
                  "films with labels: a folder with index.csv, NIH's or CheXpert's")
      ->type_name("DIR")
      ->required();
  command.add_option("--datasets", options->sources, "which datasets of the folder (default: all)")
      ->type_name("A,B")
      ->delimiter(',');
  command
      .add_option("--encrypted", options->encrypted, "how many films to run under encryption too")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 30));
  command
      .add_option("--reference", options->reference,
                  "another classifier's probabilities, to compare with")
      ->type_name("FILE.csv");
  command.add_option("--cache", options->cache, "where to keep latents for the next time")
      ->type_name("DIR");
  command.footer("Example: veilray eval -m MODEL --data FILMS --encrypted 100 --json");
  return [options](Context& context) { return eval(*options, context); };
}

}  // namespace veilray::cli
