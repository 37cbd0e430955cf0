#pragma once
// A compiled model: what the vendor keeps on the server. MODEL/ holds model.json (facts to look
// at), plan.bin (network structure and plan), weights.safetensors (the fused network's weights) and
// client-kit/.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "graph/approximation/record.h"
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
  std::vector<graph::Reading> readings;  // one per output, or none
  LatentKind latent = LatentKind::kRaw;
  /// Where activations were replaced: the network below is the one of polynomials.
  std::optional<graph::Approximation> approximation = {};
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

struct VqganFiles {
  std::vector<std::byte> weights;
  std::string config;
};
/// What lies in a model folder beside the model.
struct Enclosures {
  std::optional<VqganFiles> vqgan = {};  // client-kit/vqgan.safetensors and vqgan.json
  std::string metrics = "{}";            // a JSON object, for model.json
  std::string card = {};                 // card.md; none if empty
};
/// Writes `folder` whole: into a temporary folder beside it, then renamed.
/// Throws: Error{kInvalidArgument} if the metrics are no JSON object.
Status save_model(const std::filesystem::path& folder, const LoadedModel& model,
                  const Enclosures& enclosed, Overwrite overwrite);

/// Fails with kIo, kMalformed or kFingerprintMismatch (kit and plan of different models), naming
/// the file.
Result<LoadedModel> load_model(const std::filesystem::path& folder);

}  // namespace veilray::plan
