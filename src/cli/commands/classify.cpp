#include <memory>
#include <string>
#include <vector>

#include "cli/classifier.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/kit.h"
#include "cli/model_lookup.h"

namespace veilray::cli {
namespace {

struct ClassifyOptions {
  std::vector<std::filesystem::path> films;
  std::string model{kDefaultModel}, server;
  std::filesystem::path keys;
  bool plain = false, share = false;

  Audience audience() const { return share ? Audience::kShared : Audience::kOwner; }
};

Result<std::unique_ptr<Classifier>> make_classifier(const ClassifyOptions& options,
                                                    const plan::LoadedModel& model,
                                                    Context& context) {
  if (options.plain) return std::unique_ptr<Classifier>(new PlainClassifier(model));
  VEILRAY_TRY(made,
              EncryptedClassifier::create(model, options.keys, context.pool, context.progress));
  made->share(options.audience());
  return std::unique_ptr<Classifier>(std::move(made));
}

/// What one film takes; a film that fails is reported, and does not stop the others.
FilmReport classify_film(const std::filesystem::path& film, const LatentMaker& latents,
                         Classifier& classifier, const plan::ClientKit& kit, Context& context,
                         std::uint32_t& flood_bits) {
  FilmReport report{.file = film.string()};
  const auto run = [&]() -> Status {
    VEILRAY_TRY(made, latents.from_film(film, context.options.force));
    VEILRAY_TRY(classified, classifier.classify(made.latent));
    report.findings = make_findings(kit.labels, kit.readings, classified.logits);
    report.ms = classified.ms;
    report.ms.preprocess = made.preprocess_ms;
    report.ms.vqgan = made.vqgan_ms;
    report.bytes = classified.bytes;
    flood_bits = classified.flood_bits;
    return Done{};
  };
  if (const auto status = run(); !status.ok()) {
    report.failure = status.failure();
    print_error(*report.failure);
  }
  return report;
}

Result<Report> classify(const ClassifyOptions& options, Context& context) {
  if (!options.server.empty()) {
    return Failure{ErrorCode::kUnsupported, "no remote server yet", options.server,
                   "leave --server out: client and server then run in this process"};
  }
  VEILRAY_TRY(folder, find_model(options.model, model_folders()));
  VEILRAY_TRY(open, open_kit((folder / kKitFolder).string()));
  VEILRAY_TRY(model, plan::load_model(folder));
  VEILRAY_TRY(latents, LatentMaker::create(open, context.options.threads));
  VEILRAY_TRY(classifier, make_classifier(options, model, context));

  ClassifyReport report;
  report.model = model.kit.name;
  report.trained = model.kit.trained;
  report.encrypted = !options.plain;
  report.audience = options.audience();
  report.security = security_of(model.params);
  for (std::size_t i = 0; i < options.films.size(); ++i) {
    context.progress.update("films", i, options.films.size());
    report.films.push_back(classify_film(options.films[i], latents, *classifier, model.kit, context,
                                         report.flood_bits));
  }
  context.progress.update("films", options.films.size(), options.films.size());
  return make_report(report);
}

}  // namespace

Action add_classify(CLI::App& command) {
  auto options = std::make_shared<ClassifyOptions>();
  command.add_option("IMAGE", options->films, "radiographs: PNG, JPEG or DICOM")->required();
  command
      .add_option("-m,--model", options->model, "model folder or name (default: chest-f8-hefnet)")
      ->type_name("DIR");
  auto* plain = command.add_flag("--plain", options->plain, "the float network, nothing encrypted");
  command.add_option("-k,--keys", options->keys, "keys from keygen (default: made for this run)")
      ->type_name("KEYS")
      ->excludes(plain);
  command.add_option("--server", options->server, "a server to ask instead of this process")
      ->type_name("URL")
      ->excludes(plain);
  command.add_flag("--share", options->share, "for passing on: rounded, flooded, without logits")
      ->excludes(plain);
  command.footer("Example: veilray classify chest.png other.dcm --json");
  return [options](Context& context) { return classify(*options, context); };
}

}  // namespace veilray::cli
