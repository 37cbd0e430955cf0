#include "train/vqgan_run.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <optional>

#include "base/file.h"
#include "base/staged_folder.h"
#include "dataset/dataset.h"
#include "train/curves.h"
#include "train/device.h"
#include "train/films.h"
#include "train/path_names.h"
#include "train/sample_grid.h"
#include "train/vqgan_card.h"
#include "train/vqgan_recipe.h"
#include "train/vqgan_trainer.h"
#include "vision/png.h"

namespace veilray::train {
namespace {

constexpr double kMaxSkipped = 0.02;  // films that cannot be read
constexpr std::int64_t kSamples = 6;
constexpr const char* kCheckpoint = "checkpoint";
constexpr const char* kLog = "metrics.csv";
constexpr std::uint64_t kMaxLogBytes = std::uint64_t{64} << 20;

std::string joined(const std::vector<std::string>& names, const char* with = ", ") {
  return fmt::format("{}", fmt::join(names, with));
}

/// The command without the folders, which are the user's own.
std::string command_of(const VqganRun& run) {
  auto text = fmt::format("veilray train vqgan --config {} --data {}", name_of(run.recipe),
                          name_of(run.data));
  if (!run.sources.empty()) text += " --datasets " + joined(run.sources, ",");
  if (!run.validation_sources.empty()) {
    text += " --validation-datasets " + joined(run.validation_sources, ",");
  }
  if (!run.initial.empty()) text += " --init " + name_of(run.initial);
  return text + " -o " + name_of(run.output);
}

VqganColumns columns_of(const VqganRecipe& recipe) {
  return recipe.adversary ? VqganColumns::kAdversarial : VqganColumns::kPlain;
}

std::vector<Panel> curves(VqganColumns columns) {
  std::vector<Panel> panels = {{"Loss", {"loss", "reconstruction"}},
                               {"PSNR of validation films, dB", {"psnr_db"}},
                               {"SSIM of validation films", {"ssim"}},
                               {"Share of the codebook in use", {"codebook_use"}}};
  if (columns == VqganColumns::kAdversarial) {
    panels.push_back({"Adversary", {"adversarial", "discriminator", "features"}});
    panels.push_back({"Weight of the adversarial term", {"adversary_weight"}});
  }
  return panels;
}

/// What the adversary does, for the line about a row; nothing before it takes part.
std::string adversary_of(const VqganTerms& terms) {
  if (!terms.adversary) return "";
  return fmt::format(", of which adversarial {:.3f} x {:.3g}, discriminator's own {:.3f}",
                     terms.adversary->adversarial, terms.adversary->weight,
                     terms.adversary->discriminator);
}

struct Films {
  torch::Tensor training, validation;
};

/// Films as bytes, on the device: 64 KiB each.
Result<Films> read_films(const VqganRun& run, torch::Device device, ThreadPool& pool,
                         Progress& progress) {
  const auto load = [&](const std::vector<std::string>& sources,
                        dataset::Split split) -> Result<FilmSet> {
    VEILRAY_TRY(data, dataset::read_dataset(run.data, {.sources = sources}));
    std::vector<std::filesystem::path> files;
    for (const auto& film : data.of(split)) files.push_back(film.file);
    return load_films(files, kMaxSkipped, pool, progress);
  };
  const auto& held_out = run.validation_sources.empty() ? run.sources : run.validation_sources;
  VEILRAY_TRY(training, load(run.sources, dataset::Split::kTrain));
  VEILRAY_TRY(validation, load(held_out, dataset::Split::kValidation));
  if (!run.quiet) {
    fmt::print(stderr, "films: {} to train on, {} for validation, {} unreadable\n",
               training.pixels.size(0), validation.pixels.size(0),
               training.skipped.size() + validation.skipped.size());
  }
  return Films{training.pixels.to(device), validation.pixels.to(device)};
}

/// The results' folder, and the log that stands in it.
class Results {
 public:
  Results(const VqganRun& run, const VqganRecipe& recipe)
      : run_(run), recipe_(recipe), columns_(columns_of(recipe)), log_(log_head(columns_)) {}

  Status begin(VqganTrainer& trainer) {
    const auto checkpoint = run_.output / kCheckpoint;
    if (run_.force || !std::filesystem::exists(checkpoint)) {
      if (run_.initial.empty()) return Done{};
      VEILRAY_TRY(weights, tensor::load_safetensors(run_.initial));
      return trainer.begin_with(weights);
    }
    VEILRAY_CHECK_OK(trainer.load(checkpoint));
    VEILRAY_TRY(log, read_file(checkpoint / kLog, kMaxLogBytes));
    log_.assign(reinterpret_cast<const char*>(log.data()), log.size());
    if (!run_.quiet) fmt::print(stderr, "going on from step {}\n", trainer.step());
    return Done{};
  }

  Status add(const VqganTrainer& trainer, const VqganLogRow& row, const torch::Tensor& films) {
    log_ += log_line(row, columns_);
    say(row, trainer.progress());
    VEILRAY_CHECK_OK(put(kLog, as_bytes(log_)));
    VEILRAY_TRY(picture, plot_log(log_, curves(columns_)));
    VEILRAY_CHECK_OK(put("curves.svg", as_bytes(picture)));
    VEILRAY_CHECK_OK(tensor::save_safetensors(run_.output / "vqgan.safetensors", trainer.weights(),
                                              tensor::DType::kF16,
                                              {.overwrite = Overwrite::kReplace}));
    VEILRAY_CHECK_OK(put("vqgan.json", as_bytes(vision::vqgan::write_config(recipe_.network))));
    VEILRAY_CHECK_OK(
        put("samples.png", vision::write_png(sample_grid(films, trainer.reconstruct(films)))));
    last_ = row;
    return write_folder(run_.output / kCheckpoint, {.overwrite = Overwrite::kReplace, .mark = kLog},
                        [&](const std::filesystem::path& folder) -> Status {
                          VEILRAY_CHECK_OK(trainer.save(folder));
                          return write_file(folder / kLog, as_bytes(log_));
                        });
  }

  /// Once training has ended. A run that was at its end already has no new row, and its card.
  Status finish(const Films& films) {
    if (!last_) return Done{};
    const auto card =
        vqgan_card(recipe_, {.command = command_of(run_),
                             .commit = run_.commit,
                             .sources = joined(run_.sources),
                             .validation_sources = joined(run_.validation_sources),
                             .training_films = static_cast<std::size_t>(films.training.size(0)),
                             .initial = run_.initial.filename().string(),
                             .last = *last_});
    return put("card.md", as_bytes(card));
  }

 private:
  Status put(const char* name, std::span<const std::byte> bytes) const {
    return write_file(run_.output / name, bytes, {.overwrite = Overwrite::kReplace});
  }

  void say(const VqganLogRow& row, double progress) const {
    if (run_.quiet) return;
    const double left = progress > 0.0 ? row.minutes / progress - row.minutes : 0.0;
    fmt::print(
        stderr,
        "step {}, {:.1f} min: loss {:.4f}{}; {} films: PSNR {:.2f} dB, SSIM {:.4f}, {:.0f} % of "
        "codes used; {:.0f} min left\n",
        row.step, row.minutes, row.terms.loss, adversary_of(row.terms), row.quality.films,
        row.quality.psnr, row.quality.ssim, 100.0 * row.quality.codebook_use, std::ceil(left));
  }

  const VqganRun& run_;
  const VqganRecipe& recipe_;
  const VqganColumns columns_;
  std::string log_;
  std::optional<VqganLogRow> last_;
};

Status check_output(const VqganRun& run) {
  if (!run.force && std::filesystem::exists(run.output / kLog) &&
      !std::filesystem::exists(run.output / kCheckpoint)) {
    return Failure{ErrorCode::kExists, "there are results already", run.output.string(),
                   "give another folder, or --force to begin anew"};
  }
  return Done{};
}

Status make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return Failure{ErrorCode::kIo, error.message(), path.string()};
  return Done{};
}

}  // namespace

Status run_vqgan(const VqganRun& run, ThreadPool& pool, Progress& progress) {
  VEILRAY_TRY(recipe, load_vqgan_recipe(run.recipe));
  VEILRAY_CHECK_OK(check_output(run));
  use_threads(pool.threads());
  const auto device = training_device();
  VqganTrainer trainer(recipe, device);
  Results results(run, recipe);
  VEILRAY_CHECK_OK(results.begin(trainer));  // before the films are read, which takes long
  VEILRAY_TRY(films, read_films(run, device, pool, progress));
  VEILRAY_CHECK_OK(make_folder(run.output));
  const auto samples =
      whole_films(films.validation, 0, std::min(kSamples, films.validation.size(0)), device);
  VEILRAY_CHECK_OK(trainer.train(
      films.training, films.validation,
      [&](const VqganLogRow& row) { return results.add(trainer, row, samples); },
      [&] {
        progress.update("training", static_cast<std::size_t>(1000.0 * trainer.progress()), 1000);
      }));
  return results.finish(films);
}

}  // namespace veilray::train
