#include "cli/findings.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace veilray::cli {
namespace {

constexpr double kProbabilitySteps = 1e4;  // four decimals
constexpr double kBarWidth = 20;

double rounded(double probability) {
  // Divided, not multiplied by 1e-4: the quotient is the double nearest to the decimal.
  return std::round(kProbabilitySteps * probability) / kProbabilitySteps;
}

}  // namespace

std::vector<Finding> make_findings(const std::vector<std::string>& labels,
                                   const std::vector<graph::Reading>& readings,
                                   std::span<const double> logits) {
  if (!labels.empty() && labels.size() != logits.size()) {
    throw Error(ErrorCode::kInvalidArgument, "as many labels as logits are needed");
  }
  if (!readings.empty() && readings.size() != logits.size()) {
    throw Error(ErrorCode::kInvalidArgument, "as many readings as logits are needed");
  }
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const auto reading = readings.empty() ? graph::Reading{} : readings[i];
    Finding finding{labels.empty() ? std::to_string(i) : labels[i],
                    rounded(reading.probability(logits[i])), logits[i]};
    // Of the rounded probability: who is shown it could tell no more.
    if (!readings.empty()) finding.present = finding.probability >= reading.threshold;
    findings.push_back(std::move(finding));
  }
  return findings;
}

Json to_json(const std::vector<Finding>& findings, Audience audience) {
  Json list = Json::array();
  for (const auto& finding : findings) {
    Json entry = {{"label", finding.label}, {"probability", finding.probability}};
    if (audience == Audience::kOwner) entry["logit"] = finding.logit;
    if (finding.present) entry["present"] = *finding.present;
    list.push_back(std::move(entry));
  }
  return list;
}

std::string to_text(const std::vector<Finding>& findings) {
  std::size_t width = 0;
  for (const auto& finding : findings) width = std::max(width, finding.label.size());
  std::string text;
  for (const auto& finding : findings) {
    const auto bar = static_cast<std::size_t>(std::lround(finding.probability * kBarWidth));
    text += fmt::format("  {:<{}}  {:.4f}{}{}{}\n", finding.label, width, finding.probability,
                        bar > 0 ? "  " : "", std::string(bar, '#'),
                        finding.present.value_or(false) ? "  present" : "");
  }
  return text;
}

std::string untrained_warning(bool trained) {
  if (trained) return "";
  return "This model has random weights: the findings mean nothing.\n";
}

}  // namespace veilray::cli
