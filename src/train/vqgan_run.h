#pragma once
// `veilray-train vqgan`: from a folder of films to a folder of results.
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "base/thread_pool.h"

namespace veilray::train {

struct VqganRun {
  std::filesystem::path recipe, data, output;
  std::vector<std::string> sources;             // of an index.csv, to train on; empty for all
  std::vector<std::string> validation_sources;  // to validate on; empty for the same
  std::filesystem::path initial;                // weights to begin with; empty for random ones
  std::string commit;                           // the trainer's, for the card
  bool force = false;                           // begin anew where the output holds something
  bool quiet = false;
};

/// Trains as the recipe says and writes into `output`: vqgan.safetensors (F16), vqgan.json,
/// metrics.csv, samples.png, checkpoint/ and, in the end, card.md. Goes on from a checkpoint that
/// stands there. Fails as the readers of recipe and data do, or with kIo or kExists.
Status run_vqgan(const VqganRun& run, ThreadPool& pool, Progress& progress);

}  // namespace veilray::train
