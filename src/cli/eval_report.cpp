#include "cli/eval_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/findings.h"

namespace veilray::cli {
namespace {

/// Another draw of the same kind of films goes a little further than the one that was measured.
constexpr double kRangeSlack = 1.25;

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json interval(const std::optional<metrics::Interval>& ci) {
  return ci ? Json::array({ci->low, ci->high}) : Json();
}

std::string text(const std::optional<double>& value) {
  return value ? fmt::format("{:.3f}", *value) : "-";
}

std::string text(const std::optional<metrics::Interval>& ci) {
  return ci ? fmt::format("[{:.3f}, {:.3f}]", ci->low, ci->high) : "-";
}

Json labels_json(const std::vector<LabelResult>& labels) {
  Json json = Json::object();
  for (const auto& label : labels)
    json[label.label] = {{"auroc", number(label.auroc)},
                         {"ci", interval(label.ci)},
                         {"ap", number(label.average_precision)},
                         {"f1", label.f1},
                         {"positives", label.positives}};
  return json;
}

std::string labels_text(const std::vector<LabelResult>& labels) {
  std::size_t width = 5;
  for (const auto& label : labels) width = std::max(width, label.label.size());
  std::string lines = fmt::format("  {:<{}} {:>9} {:>6} {:>16} {:>6} {:>6} {:>10}\n", "label",
                                  width, "positives", "AUROC", "95 %", "AP", "F1", "F1 at 0.5");
  for (const auto& label : labels)
    lines += fmt::format("  {:<{}} {:>9} {:>6} {:>16} {:>6} {:>6.3f} {:>10.3f}\n", label.label,
                         width, label.positives, text(label.auroc), text(label.ci),
                         text(label.average_precision), label.f1, label.f1_at_half);
  return lines;
}

void add_encrypted(Report& made, const Agreement& agreement) {
  made.json["encrypted"] = {{"n", agreement.n},
                            {"max_abs_error", agreement.max_abs_error},
                            {"decisions_changed", agreement.decisions_changed},
                            {"macro_auroc", number(agreement.macro_auroc)},
                            {"plain_macro_auroc", number(agreement.plain_macro_auroc)},
                            {"range_ratio", agreement.range_ratio}};
  made.text += fmt::format(
      "encrypted, {} films: macro AUROC {} (plain {}), largest error of a logit {:.2e}, "
      "{} decisions changed\n",
      agreement.n, text(agreement.macro_auroc), text(agreement.plain_macro_auroc),
      agreement.max_abs_error, agreement.decisions_changed);
  if (agreement.range_ratio > kRangeSlack)
    made.text += fmt::format(
        "warning: values reach {:.2f} times what the plan was calibrated on: compile with "
        "--calibration on latents of such films\n",
        agreement.range_ratio);
}

void add_reference(Report& made, const Comparison& comparison) {
  const auto& difference = comparison.difference;
  made.json["reference"] = {
      {"n", comparison.n},
      {"labels", comparison.labels},
      {"macro_auroc", number(comparison.macro_auroc)},
      {"difference", difference ? Json(difference->value) : Json()},
      {"difference_ci", difference ? interval(difference->interval) : Json()}};
  made.text += fmt::format("reference, {} films and {} labels in common: macro AUROC {}",
                           comparison.n, comparison.labels, text(comparison.macro_auroc));
  if (difference)
    made.text += fmt::format("; this model {:+.3f} {}", difference->value,
                             text(std::optional(difference->interval)));
  made.text += "\n";
}

}  // namespace

Report make_report(const EvalReport& report) {
  const auto& evaluation = report.evaluation;
  Report made;
  made.json = {{"n", evaluation.n},
               {"macro_auroc", number(evaluation.macro_auroc)},
               {"macro_ci", interval(evaluation.macro_ci)},
               {"labels", labels_json(evaluation.labels)}};
  made.text = untrained_warning(report.trained) + labels_text(evaluation.labels);
  made.text += fmt::format("{} films: macro AUROC {} {}, micro AUROC {}, macro F1 {:.3f}\n",
                           evaluation.n, text(evaluation.macro_auroc), text(evaluation.macro_ci),
                           text(evaluation.micro_auroc), evaluation.macro_f1);
  if (report.encrypted) add_encrypted(made, *report.encrypted);
  if (report.reference) add_reference(made, *report.reference);
  made.json["micro_auroc"] = number(evaluation.micro_auroc);
  made.json["macro_f1"] = evaluation.macro_f1;
  made.json["skipped"] = Json::array();
  for (const auto& film : report.skipped) {
    made.json["skipped"].push_back({{"file", film.file.string()}, {"error", film.reason}});
    made.text += fmt::format("skipped {}: {}\n", film.file.string(), film.reason);
  }
  made.json["model"] = report.model;
  made.json["trained"] = report.trained;
  made.text += fmt::format("model {}\n", report.model);
  return made;
}

}  // namespace veilray::cli
