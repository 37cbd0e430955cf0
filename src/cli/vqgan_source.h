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

struct VqganOptions {
  std::string model{kDefaultModel};
  std::filesystem::path weights;
  std::filesystem::path config;
};

struct Vqgan {
  vision::vqgan::Config config;
  tensor::TensorFile weights;
};

/// `--vqgan FILE --config FILE` and `-m MODEL`.
void add_vqgan_options(CLI::App& command, VqganOptions& options);
/// Reads what the options name. Which tensors it must hold is checked by who uses them.
Result<Vqgan> load_vqgan(const VqganOptions& options);

}  // namespace veilray::cli
