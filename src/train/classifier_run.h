#pragma once
// `veilray-train classifier`: from a folder of films to a folder of results.
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "base/thread_pool.h"

namespace veilray::train {

struct ClassifierRun {
  std::filesystem::path recipe, data, output;
  std::filesystem::path vqgan, vqgan_config;  // whose latents it sees; empty where it sees pixels
  std::vector<std::filesystem::path>
      teachers;                      // CSVs of probabilities: the first that knows a film
  std::filesystem::path initial;     // weights to begin with, all but the last layer; empty: random
  std::filesystem::path cache;       // of latents; empty: in the output folder
  std::vector<std::string> sources;  // of an index.csv; empty for all
  std::vector<std::string> unlabelled;  // sources to learn from a teacher alone
  bool force = false;                   // begin anew where the output holds something
  bool quiet = false;
};

/// Trains as the recipe says and writes into `output`: weights.safetensors (F16), classifier.json,
/// card.md, metrics.csv, probabilities.csv, and checkpoint/. Goes on from a checkpoint that stands
/// there. Fails as the readers of recipe, VQGAN, data and teachers do, or with kIo or kExists.
Status run_classifier(const ClassifierRun& run, ThreadPool& pool, Progress& progress);

}  // namespace veilray::train
