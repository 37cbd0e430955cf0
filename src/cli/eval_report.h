#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/scored_films.h"

namespace veilray::cli {

struct EvalReport {
  std::string model;
  bool trained = false;
  Evaluation evaluation;
  std::vector<dataset::Skipped> skipped = {};  // films that could not be read
  std::optional<Agreement> encrypted = {};
  std::optional<Comparison> reference = {};
};

/// The documented JSON; what is not defined, such as the AUROC of a label that no film has, is
/// null.
Report make_report(const EvalReport& report);

}  // namespace veilray::cli
