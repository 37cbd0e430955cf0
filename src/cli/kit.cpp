#include "cli/kit.h"

#include <utility>

#include "base/in_file.h"
#include "cli/console.h"
#include "cli/model_lookup.h"
#include "cli/vqgan_source.h"
#include "vision/preprocess.h"

namespace veilray::cli {

Result<OpenKit> open_kit(const std::string& name_or_path) {
  VEILRAY_TRY(folder, find_client_kit(name_or_path, model_folders()));
  VEILRAY_TRY(kit, plan::load_client_kit(folder));
  VEILRAY_TRY(params, ckks::Params::create(kit.params));
  return OpenKit{std::move(folder), std::move(kit), std::move(params)};
}

SecuritySummary security_of(const ckks::Params& params) {
  return {params.log_n(), params.log_qp(), params.security_bits()};
}

Result<LatentMaker> LatentMaker::create(const OpenKit& kit, std::size_t threads) {
  VEILRAY_TRY(vqgan, load_kit_vqgan(kit.folder));
  VEILRAY_TRY(encoder, in_file(vqgan.file, vision::vqgan::Encoder::create(vqgan.config,
                                                                          vqgan.weights, threads)));
  std::optional<vision::vqgan::Quantizer> quantizer;
  if (kit.kit.latent == plan::LatentKind::kQuantised) {
    VEILRAY_TRY(made,
                in_file(vqgan.file, vision::vqgan::Quantizer::create(vqgan.config, vqgan.weights)));
    quantizer.emplace(std::move(made));
  }
  return LatentMaker(std::move(encoder), std::move(quantizer));
}

Result<TimedLatent> LatentMaker::from_film(const std::filesystem::path& film, bool force) const {
  const Stopwatch preprocess;
  VEILRAY_TRY(pixels, vision::load_radiograph(film, {.force = force}));
  TimedLatent made{.latent = {}, .preprocess_ms = preprocess.ms()};
  const Stopwatch vqgan;
  VEILRAY_TRY(latent, from_pixels(pixels));
  made.latent = std::move(latent);
  made.vqgan_ms = vqgan.ms();
  return made;
}

Result<tensor::Tensor> LatentMaker::from_pixels(const tensor::Tensor& pixels) const {
  VEILRAY_TRY(latent, encoder_.encode(pixels));
  if (!quantizer_) return latent;
  return quantizer_->quantize(latent);
}

}  // namespace veilray::cli
