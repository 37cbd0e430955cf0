#include "cli/vqgan_source.h"

namespace veilray::cli {

void add_vqgan_options(CLI::App& command, VqganOptions& options) {
  auto* weights = command.add_option("--vqgan", options.files.weights, "weights of another VQGAN")
                      ->type_name("FILE.safetensors");
  auto* config = command.add_option("--config", options.files.config, "its config")
                     ->type_name("FILE.json")
                     ->needs(weights);
  weights->needs(config);
  command.add_option("-m,--model", options.model, "the model or client kit whose VQGAN to use")
      ->type_name("DIR")
      ->excludes(weights);
}

Result<Vqgan> load_vqgan(const VqganFiles& files) {
  VEILRAY_TRY(config, vision::vqgan::load_config(files.config));
  VEILRAY_TRY(weights, tensor::load_safetensors(files.weights));
  return Vqgan{std::move(config), std::move(weights), files.weights};
}

Result<Vqgan> load_kit_vqgan(const std::filesystem::path& kit_folder) {
  const VqganFiles files{kit_folder / "vqgan.safetensors", kit_folder / "vqgan.json"};
  std::error_code ignored;
  if (!std::filesystem::exists(files.config, ignored)) {
    return Failure{ErrorCode::kUnsupported, "the client kit has no VQGAN", kit_folder.string(),
                   "give .npy latents, or compile the model with --vqgan"};
  }
  return load_vqgan(files);
}

Result<Vqgan> load_vqgan(const VqganOptions& options) {
  if (!options.files.weights.empty()) return load_vqgan(options.files);
  VEILRAY_TRY(kit, find_client_kit(options.model, model_folders()));
  return load_kit_vqgan(kit);
}

}  // namespace veilray::cli
