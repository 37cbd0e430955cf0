#pragma once
// A client kit, opened: what it says, its parameters, and the way from a film to a latent.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "ckks/params.h"
#include "cli/reports.h"
#include "plan/client_kit.h"
#include "vision/vqgan/encoder.h"
#include "vision/vqgan/quantizer.h"

namespace veilray::cli {

struct OpenKit {
  std::filesystem::path folder;
  plan::ClientKit kit;
  ckks::Params params;
};

/// By the path or name of a kit or of its model.
Result<OpenKit> open_kit(const std::string& name_or_path);

SecuritySummary security_of(const ckks::Params& params);

/// A film's latent, and what it took.
struct TimedLatent {
  tensor::Tensor latent;
  double preprocess_ms = 0;
  double vqgan_ms = 0;
};

/// The kit's VQGAN, ready for many films.
class LatentMaker {
 public:
  /// `threads` zero means one per core. Fails with kUnsupported if the kit holds none.
  static Result<LatentMaker> create(const OpenKit& kit, std::size_t threads);
  /// Raw or quantised, as the kit asks.
  Result<TimedLatent> from_film(const std::filesystem::path& film, bool force) const;
  /// Of a preprocessed film.
  Result<tensor::Tensor> from_pixels(const tensor::Tensor& pixels) const;

 private:
  LatentMaker(vision::vqgan::Encoder encoder, std::optional<vision::vqgan::Quantizer> quantizer)
      : encoder_(std::move(encoder)), quantizer_(std::move(quantizer)) {}

  vision::vqgan::Encoder encoder_;
  std::optional<vision::vqgan::Quantizer> quantizer_;
};

}  // namespace veilray::cli
