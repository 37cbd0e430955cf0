#pragma once
// A compiled model: what the vendor keeps on the server. MODEL/ holds model.json (facts to look
// at), plan.bin (network structure and plan), weights.safetensors (the fused network's weights) and
// client-kit/.
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "graph/graph.h"
#include "plan/client_kit.h"
#include "plan/plan.h"

namespace veilray::plan {

struct Model {
  std::string name;
  std::string version = "1";
  std::string architecture;  // "hefnet", attention "none": for people
  ModelId id{};
  bool trained = false;
  std::vector<std::string> labels;
  LatentKind latent = LatentKind::kRaw;
  graph::Graph network;  // fused
  Plan plan;
};

/// A model with everything that follows from it.
struct LoadedModel {
  Model model;
  ckks::Params params;
  std::vector<Stage> stages;
  Program program;
  ClientKit kit;
};

/// Works out parameters, program and kit. Fails if plan and network do not fit each other.
Result<LoadedModel> assemble(Model model);

/// Writes `folder` whole: into a temporary folder beside it, then renamed. The VQGAN files, if any,
/// are copied to client-kit/ as vqgan.safetensors and vqgan.json.
struct VqganFiles {
  std::vector<std::byte> weights;
  std::string config;
};
Status save_model(const std::filesystem::path& folder, const LoadedModel& model,
                  const VqganFiles* vqgan, Overwrite overwrite);

/// Fails with kIo, kMalformed or kFingerprintMismatch (kit and plan of different models), naming
/// the file.
Result<LoadedModel> load_model(const std::filesystem::path& folder);

}  // namespace veilray::plan
