#pragma once
// What a client may know of a model: parameters, layouts, rotations and labels. No classifier
// weight, and nothing derived from one but shapes.
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "ckks/params.h"
#include "graph/reading.h"
#include "plan/layout.h"
#include "plan/program.h"

namespace veilray::plan {

/// 128 random bits, minted by `compile`: tells two models of one shape apart.
using ModelId = std::array<std::byte, 16>;

enum class LatentKind : std::uint8_t { kRaw, kQuantised };

struct ClientKit {
  std::string name;
  std::string version;
  ModelId id{};
  bool trained = false;
  std::vector<std::string> labels;  // one per output, or none
  std::int64_t outputs = 0;         // of one image
  std::uint32_t images = 1;         // that one request carries
  /// How each logit is read after decryption: one per output, or none (the plain sigmoid).
  std::vector<graph::Reading> readings;
  LatentKind latent = LatentKind::kRaw;
  ckks::ParamsSpec params;
  Layout input;  // of all images: their channels follow one another (images.h)
  double input_scale = 0;
  std::vector<KeyedRotation> rotations;
  ckks::Level relinearization;

  /// Of one image's latent: [c, s, s].
  tensor::Shape latent_shape() const;
  /// SHA-256 of the canonical bytes: keys and ciphertexts carry it.
  Sha256 fingerprint() const;
};

std::string to_json(const ClientKit& kit);
/// Fails with kMalformed (syntax, missing or wrong fields, numbers out of range) or kInsecure.
Result<ClientKit> parse_client_kit(std::span<const std::byte> json);

/// `folder`/kit.json.
Result<ClientKit> load_client_kit(const std::filesystem::path& folder);

}  // namespace veilray::plan
