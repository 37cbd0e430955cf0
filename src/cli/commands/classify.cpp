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

/// Films that share a request. One that fails is reported, and does not stop the others.
class Batch {
 public:
  Batch(const LatentMaker& latents, Classifier& classifier, const plan::ClientKit& kit,
        ClassifyReport& report)
      : latents_(latents), classifier_(classifier), kit_(kit), report_(report) {}

  bool is_full() const { return waiting_.size() == classifier_.most(); }

  void add(const std::filesystem::path& film, bool force) {
    FilmReport& report = report_.films.emplace_back(FilmReport{.file = film.string()});
    auto made = latents_.from_film(film, force);
    if (!made.ok()) return fail(report, made.failure());
    report.ms.preprocess = made.value().preprocess_ms;
    report.ms.vqgan = made.value().vqgan_ms;
    waiting_.push_back(report_.films.size() - 1);
    inputs_.push_back(std::move(made.value().latent));
  }

  /// Each film is told the times and bytes of the request that it shared.
  void classify() {
    if (waiting_.empty()) return;
    const auto classified = classifier_.classify(inputs_);
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      FilmReport& report = report_.films[waiting_[i]];
      if (!classified.ok()) {
        fail(report, classified.failure());
        continue;
      }
      const Classified& result = classified.value();
      report.findings = make_findings(kit_.labels, kit_.readings, result.logits[i]);
      report.ms.encrypt = result.ms.encrypt;
      report.ms.infer = result.ms.infer;
      report.ms.decrypt = result.ms.decrypt;
      report.bytes = result.bytes;
      report_.flood_bits = result.flood_bits;
    }
    waiting_.clear();
    inputs_.clear();
  }

 private:
  static void fail(FilmReport& report, const Failure& failure) {
    report.failure = failure;
    print_error(failure);
  }

  const LatentMaker& latents_;
  Classifier& classifier_;
  const plan::ClientKit& kit_;
  ClassifyReport& report_;
  std::vector<std::size_t> waiting_;  // indices of films
  std::vector<tensor::Tensor> inputs_;
};

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
  Batch batch(latents, *classifier, model.kit, report);
  for (std::size_t i = 0; i < options.films.size(); ++i) {
    context.progress.update("films", i, options.films.size());
    batch.add(options.films[i], context.options.force);
    if (batch.is_full()) batch.classify();
  }
  batch.classify();
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
