#include "cli/vqgan_source.h"

namespace veilray::cli {

void add_vqgan_options(CLI::App& command, VqganOptions& options) {
  auto* weights = command.add_option("--vqgan", options.weights, "weights of another VQGAN")
                      ->type_name("FILE.safetensors");
  auto* config = command.add_option("--config", options.config, "its config")
                     ->type_name("FILE.json")
                     ->needs(weights);
  weights->needs(config);
  command.add_option("-m,--model", options.model, "the model or client kit whose VQGAN to use")
      ->type_name("DIR")
      ->excludes(weights);
}

Result<Vqgan> load_vqgan(const VqganOptions& options) {
  auto weights = options.weights;
  auto config = options.config;
  if (weights.empty()) {
    VEILRAY_TRY(kit, find_client_kit(options.model, model_folders()));
    weights = kit / "vqgan.safetensors";
    config = kit / "vqgan.json";
  }
  Vqgan vqgan;
  VEILRAY_TRY(parsed, vision::vqgan::load_config(config));
  VEILRAY_TRY(tensors, tensor::load_safetensors(weights));
  vqgan.config = std::move(parsed);
  vqgan.weights = std::move(tensors);
  return vqgan;
}

}  // namespace veilray::cli
