#include "train/classifier_data.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include "dataset/probabilities.h"
#include "train/draw.h"
#include "train/pixel_augmentation.h"

namespace veilray::train {
namespace {

using dataset::Film;
using Teachers = std::vector<dataset::Probabilities>;

std::vector<std::filesystem::path> files_of(const std::vector<Film>& films) {
  std::vector<std::filesystem::path> files;
  for (const auto& film : films) files.push_back(film.file);
  return files;
}

std::vector<Film> chosen(const std::vector<Film>& films, const std::vector<std::size_t>& rows) {
  std::vector<Film> kept;
  for (const auto row : rows) kept.push_back(films[row]);
  return kept;
}

Result<Teachers> read_teachers(const std::vector<std::filesystem::path>& files) {
  Teachers teachers;
  for (const auto& file : files) {
    VEILRAY_TRY(table, dataset::read_probabilities(file));
    teachers.push_back(std::move(table));
  }
  return teachers;
}

/// The first that knows the film, or none.
const dataset::Probabilities* teacher_of(const Film& film, const Teachers& teachers) {
  const auto knows = [&](const auto& teacher) { return !teacher.find(film.file).empty(); };
  const auto found = std::ranges::find_if(teachers, knows);
  return found == teachers.end() ? nullptr : &*found;
}

/// Truth, and what the teacher thinks of it; -1 for neither.
float target(dataset::LabelState state, std::optional<double> taught, double weight) {
  if (state == dataset::LabelState::kUnknown) return static_cast<float>(taught.value_or(-1.0));
  const double truth = state == dataset::LabelState::kPresent ? 1.0 : 0.0;
  return static_cast<float>(taught ? weight * *taught + (1.0 - weight) * truth : truth);
}

/// What it thinks of a label of a film that it knows.
std::optional<double> taught(const dataset::Probabilities& teacher, const Film& film,
                             const std::string& label) {
  const auto found = std::ranges::find(teacher.labels(), label);
  if (found == teacher.labels().end()) return std::nullopt;
  return teacher.find(film.file)[static_cast<std::size_t>(found - teacher.labels().begin())];
}

tensor::Tensor make_targets(ClassifierData& data, const Teachers& teachers, double weight) {
  const auto n = static_cast<std::int64_t>(data.training.size());
  tensor::Tensor targets{{n, static_cast<std::int64_t>(data.labels.size())}, {}};
  for (const auto& film : data.training) {
    const auto* teacher = teacher_of(film, teachers);
    if (teacher != nullptr) ++data.taught;
    for (std::size_t i = 0; i < data.labels.size(); ++i) {
      const auto told = teacher ? taught(*teacher, film, data.labels[i]) : std::nullopt;
      targets.data.push_back(target(film.labels[i], told, weight));
    }
  }
  return targets;
}

/// Adds to `training` the films without labels that a teacher knows; gives the others. They are
/// read together with the labelled ones: no patient may stand in both splits of the whole.
Result<std::vector<Film>> read_unlabelled(const DataOptions& options, const Teachers& teachers,
                                          const std::vector<std::string>& labels,
                                          std::vector<Film>& training) {
  std::vector<Film> untaught;
  if (options.unlabelled.empty()) return untaught;
  const auto is_unlabelled = [&](const std::string& source) {
    return std::ranges::find(options.unlabelled, source) != options.unlabelled.end();
  };
  if (options.sources.empty() || std::ranges::any_of(options.sources, is_unlabelled))
    return Failure{ErrorCode::kInvalidArgument, "a dataset is to be labelled and unlabelled",
                   "--unlabelled", "name the labelled ones alone with --datasets"};
  auto sources = options.sources;
  sources.insert(sources.end(), options.unlabelled.begin(), options.unlabelled.end());
  VEILRAY_TRY(set, dataset::read_dataset(options.folder, {.sources = sources, .labels = labels}));
  for (auto& film : set.of(dataset::Split::kTrain)) {
    if (!is_unlabelled(film.source)) continue;
    film.labels.assign(labels.size(), dataset::LabelState::kUnknown);
    auto& list = teacher_of(film, teachers) != nullptr ? training : untaught;
    list.push_back(std::move(film));
  }
  return untaught;
}

bool is_labelled(const Film& film) {
  return std::ranges::any_of(film.labels,
                             [](auto state) { return state != dataset::LabelState::kUnknown; });
}

Status check_split(const dataset::Dataset& set, const std::filesystem::path& folder) {
  for (const auto split : {dataset::Split::kTrain, dataset::Split::kValidation}) {
    if (!set.of(split).empty()) continue;
    return Failure{
        ErrorCode::kInvalidArgument,
        split == dataset::Split::kTrain ? "no film to train on" : "no film to validate on",
        folder.string(), "the table's split has to name both"};
  }
  return Done{};
}

/// The films as they are, and every copy.
Status add_copies(ClassifierData& data, const DataOptions& options, const ClassifierRecipe& recipe,
                  const vision::LatentSource& source, vision::FilmHashes& hashes,
                  Progress& progress) {
  const auto files = files_of(data.training);
  for (std::int64_t copy = 1; copy <= recipe.augmentation.copies; ++copy) {
    const auto changed = augmented(source, recipe.augmentation, recipe.seed, copy);
    VEILRAY_TRY(made,
                vision::cached_latents(options.cache, files, changed,
                                       {.failures_tolerated = 0.0, .hashes = &hashes}, progress));
    data.examples.copies.push_back(std::move(made.latents));
  }
  return Done{};
}

}  // namespace

Result<ClassifierData> load_classifier_data(const DataOptions& options,
                                            const ClassifierRecipe& recipe,
                                            const vision::LatentSource& source,
                                            Progress& progress) {
  VEILRAY_TRY(set, dataset::read_dataset(options.folder, {.sources = options.sources}));
  VEILRAY_CHECK_OK(check_split(set, options.folder));
  VEILRAY_TRY(teachers, read_teachers(options.teachers));
  ClassifierData data;
  data.labels = set.labels;
  data.skipped = set.skipped.size();

  auto training = set.of(dataset::Split::kTrain);
  VEILRAY_TRY(untaught, read_unlabelled(options, teachers, data.labels, training));
  vision::FilmHashes hashes;  // the copies are of the same films
  VEILRAY_TRY(made, vision::cached_latents(options.cache, files_of(training), source,
                                           {.hashes = &hashes}, progress));
  data.training = chosen(training, made.film);
  data.labelled = static_cast<std::size_t>(std::ranges::count_if(data.training, is_labelled));
  data.skipped += made.failed;
  data.examples.copies.push_back(std::move(made.latents));
  data.examples.targets = make_targets(data, teachers, recipe.teacher_weight);
  VEILRAY_CHECK_OK(add_copies(data, options, recipe, source, hashes, progress));

  const auto validation = set.of(dataset::Split::kValidation);
  VEILRAY_TRY(rest,
              vision::cached_latents(options.cache, files_of(validation), source, {}, progress));
  data.validation = chosen(validation, rest.film);
  data.skipped += rest.failed;
  data.validation_latents = std::move(rest.latents);

  VEILRAY_TRY(others,
              vision::cached_latents(options.cache, files_of(untaught), source, {}, progress));
  data.untaught = chosen(untaught, others.film);
  data.skipped += others.failed;
  data.untaught_latents = std::move(others.latents);
  return data;
}

std::vector<std::size_t> patient_folds(const std::vector<Film>& films, std::size_t folds,
                                       std::uint64_t seed) {
  std::map<std::string, std::vector<std::size_t>> patients;
  for (std::size_t i = 0; i < films.size(); ++i) patients[films[i].patient_id].push_back(i);
  std::vector<const std::vector<std::size_t>*> order;
  for (const auto& [id, rows] : patients) order.push_back(&rows);
  Draw(seed).shuffle(order);

  std::vector<std::size_t> fold(films.size()), size(folds);
  for (const auto* rows : order) {
    const auto least = static_cast<std::size_t>(std::ranges::min_element(size) - size.begin());
    for (const auto row : *rows) fold[row] = least;
    size[least] += rows->size();
  }
  return fold;
}

metrics::LabelScores scores_of(const tensor::Tensor& logits, std::span<const Film> films,
                               std::size_t label) {
  const auto labels = static_cast<std::size_t>(logits.shape.at(1));
  metrics::LabelScores scores;
  for (std::size_t i = 0; i < films.size(); ++i) {
    scores.score.push_back(logits.data.at(i * labels + label));
    scores.truth.push_back(static_cast<std::int8_t>(films[i].labels.at(label)));
  }
  return scores;
}

std::vector<metrics::LabelScores> all_scores(const tensor::Tensor& logits,
                                             std::span<const Film> films) {
  std::vector<metrics::LabelScores> all;
  for (std::size_t i = 0; i < static_cast<std::size_t>(logits.shape.at(1)); ++i) {
    all.push_back(scores_of(logits, films, i));
  }
  return all;
}

}  // namespace veilray::train
