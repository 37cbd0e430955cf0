#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "train/classifier_results.h"

namespace veilray::train {
namespace {

constexpr const char* kAskTheFilms = "See the licence of the films that it was trained on.";

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.3f}", *value) : "-";
}

std::string interval(const std::optional<graph::ConfidenceInterval>& ci) {
  return ci ? fmt::format("{:.3f} to {:.3f}", ci->first, ci->second) : "-";
}

std::string sources_of(const ClassifierData& data) {
  std::set<std::string> sources;
  for (const auto& film : data.training) {
    if (!film.source.empty()) sources.insert(film.source);
  }
  return sources.empty() ? "not named" : fmt::format("{}", fmt::join(sources, ", "));
}

std::size_t patients(const std::vector<dataset::Film>& films) {
  std::set<std::string> ids;
  for (const auto& film : films) ids.insert(film.patient_id);
  return ids.size();
}

std::string data_section(const ClassifierData& data, const ClassifierRecipe& recipe) {
  auto text = fmt::format(
      "## Data\n\n{} films of {} patients to train on, {} films of {} patients to report on; no "
      "patient is in both. Sources: {}. {} films were missing or unreadable.\n\nEpoch, calibration "
      "and thresholds are chosen within the training films: {} helpers each left out one part of "
      "the patients and were asked about it. The validation films are only reported on.\n",
      data.training.size(), patients(data.training), data.validation.size(),
      patients(data.validation), sources_of(data), data.skipped, recipe.folds);
  if (data.labelled < data.training.size()) {
    text += fmt::format(
        "\nOf {} of the films to train on no label was asked: they were learned from a teacher's "
        "probabilities alone, and nothing was chosen by them.\n",
        data.training.size() - data.labelled);
  }
  if (data.taught > 0) {
    text += fmt::format(
        "\nOf {} training films a teacher's probabilities were known: where there is a label too, "
        "the target is {} of the teacher's and {:.2g} of the label.\n",
        data.taught, recipe.teacher_weight, 1.0 - recipe.teacher_weight);
  }
  return text;
}

std::string metrics_section(const graph::ClassifierRecord& record) {
  const auto& metrics = record.metrics;
  auto text = fmt::format(
      "## Metrics on {} validation films\n\nOf the weights as they are in the file. Macro AUROC "
      "{} (95 % bootstrap interval {}).\n\n| label | films with it | AUROC | 95 % interval | "
      "average "
      "precision | F1 | threshold |\n|---|---|---|---|---|---|---|\n",
      metrics.validation_films, number(metrics.macro_auroc), interval(metrics.macro_ci));
  for (std::size_t i = 0; i < metrics.labels.size(); ++i) {
    const auto& label = metrics.labels[i];
    text += fmt::format("| {} | {} | {} | {} | {} | {:.3f} | {:.3f} |\n", record.labels[i],
                        label.positives, number(label.auroc), interval(label.auroc_ci),
                        number(label.average_precision), label.f1, record.readings[i].threshold);
  }
  text += "\nWhat entered the activations, there and with the latents of calibration.npy:";
  for (const auto& range : record.ranges) {
    text += fmt::format(" {} [{:.2f}, {:.2f}]", range.name, range.min, range.max);
  }
  return text + ".\n";
}

/// What the network sees.
std::string input_text(const graph::ClassifierRecord& record) {
  const auto& spec = record.architecture;
  const auto shape = fmt::format("{} x {} x {}", spec.in_channels, spec.size, spec.size);
  if (record.input == graph::InputForm::kPixels) return "grey values of " + shape;
  return fmt::format("{} latents of {}", graph::text_of(record.input), shape);
}

}  // namespace

std::string write_card(const graph::ClassifierRecord& record, const ClassifierData& data,
                       const ChosenClassifier& chosen, const ClassifierRecipe& recipe,
                       const CardFacts& facts) {
  const auto& spec = record.architecture;
  auto text = fmt::format(
      "# {}\n\n`{}`, attention {}, on {}, {} labels. Trained by `veilray train classifier`{}.\n\n",
      facts.name, spec.name, spec.attention, input_text(record), record.labels.size(),
      record.vqgan.empty() ? "" : "; VQGAN " + record.vqgan);
  text += data_section(data, recipe);
  text += fmt::format(
      "\n## Training\n\n```\n{}\n```\n\nSeed {}. Of {} epochs the one after which the helpers did "
      "best out of fold was taken: {}, with macro AUROC {:.3f} there. The recipe:\n\n```json\n{}\n"
      "```\n\n",
      facts.command, recipe.seed, recipe.epochs, chosen.epoch, chosen.fold_auroc, facts.recipe);
  text += metrics_section(record);
  text +=
      "\n## Intended use and limits\n\nFor research on encrypted inference. Not a medical device: "
      "no diagnosis may rest on it. The labels were mined from reports by text, and are noisy; the "
      "films are few, the mix of findings is not that of a clinic, and films of other machines, "
      "projections or ages may be read wrongly. Calibration and thresholds are those of helpers "
      "trained on fewer films than the network itself.\n\n## Licence and attribution\n\n";
  return text + (recipe.attribution.empty() ? kAskTheFilms : recipe.attribution) + "\n";
}

}  // namespace veilray::train
