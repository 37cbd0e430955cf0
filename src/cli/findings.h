#pragma once
// From logits to what a person reads.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/command.h"
#include "graph/reading.h"

namespace veilray::cli {

struct Finding {
  std::string label;
  double probability = 0;            // rounded to 4 decimals (IND-CPA-D)
  double logit = 0;                  // as decrypted: for the owner of the key only
  std::optional<bool> present = {};  // nothing if the model has no thresholds
};

/// One finding a logit. Without labels the outputs are numbered from 0; otherwise there are as many
/// labels as logits. Without readings a probability is the logit's sigmoid; otherwise there are as
/// many readings as logits.
std::vector<Finding> make_findings(const std::vector<std::string>& labels,
                                   const std::vector<graph::Reading>& readings,
                                   std::span<const double> logits);

/// Whether a report is for the key's owner or may be passed on: what is shared carries no logit.
enum class Audience { kOwner, kShared };

Json to_json(const std::vector<Finding>& findings, Audience audience);
/// One line a finding: label, probability, a bar, and "present" where the model says so.
std::string to_text(const std::vector<Finding>& findings);

/// What stands before the findings of a model that has learnt nothing; empty for a trained one.
std::string untrained_warning(bool trained);

}  // namespace veilray::cli
