#pragma once
// Which VQGAN a command uses: the one of a client kit, or two files named on the command line.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "cli/model_lookup.h"
#include "tensor/safetensors.h"
#include "vision/vqgan/config.h"

namespace veilray::cli {

struct VqganFiles {
  std::filesystem::path weights;
  std::filesystem::path config;
};

struct VqganOptions {
  std::string model{kDefaultModel};
  VqganFiles files;  // empty: those of the model's kit
};

struct Vqgan {
  vision::vqgan::Config config;
  tensor::TensorFile weights;
  std::filesystem::path file;  // of the weights
};

/// `--vqgan FILE --config FILE` and `-m MODEL`.
void add_vqgan_options(CLI::App& command, VqganOptions& options);

/// Which tensors the file must hold is checked by who uses them: in_file() names it then.
Result<Vqgan> load_vqgan(const VqganFiles& files);
Result<Vqgan> load_vqgan(const VqganOptions& options);
/// A client kit's own. Fails with kUnsupported if the kit has none and takes latents only.
Result<Vqgan> load_kit_vqgan(const std::filesystem::path& kit_folder);

}  // namespace veilray::cli
