#include "cli/findings.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace veilray::cli {
namespace {

constexpr double kProbabilitySteps = 1e4;  // four decimals
constexpr double kBarWidth = 20;

double rounded_sigmoid(double logit) {
  // Divided, not multiplied by 1e-4: the quotient is the double nearest to the decimal.
  return std::round(kProbabilitySteps / (1.0 + std::exp(-logit))) / kProbabilitySteps;
}

}  // namespace

std::vector<Finding> make_findings(const std::vector<std::string>& labels,
                                   std::span<const double> logits) {
  if (!labels.empty() && labels.size() != logits.size()) {
    throw Error(ErrorCode::kInvalidArgument, "as many labels as logits are needed");
  }
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    findings.push_back(
        {labels.empty() ? std::to_string(i) : labels[i], rounded_sigmoid(logits[i]), logits[i]});
  }
  return findings;
}

Json to_json(const std::vector<Finding>& findings, Audience audience) {
  Json list = Json::array();
  for (const auto& finding : findings) {
    Json entry = {{"label", finding.label}, {"probability", finding.probability}};
    if (audience == Audience::kOwner) entry["logit"] = finding.logit;
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
    text += fmt::format("  {:<{}}  {:.4f}{}{}\n", finding.label, width, finding.probability,
                        bar > 0 ? "  " : "", std::string(bar, '#'));
  }
  return text;
}

std::string untrained_warning(bool trained) {
  if (trained) return "";
  return "This model has random weights: the findings mean nothing.\n";
}

}  // namespace veilray::cli
