#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cli/commands.h"

namespace veilray::cli {
namespace {

constexpr const char* kTrainer = "veilray-train";

/// Threads that wait by spinning take a core from those that work: OpenMP's do by default, and
/// OpenBLAS's, which has little to multiply here. What the user has set stays.
void set_waiting() {
  setenv("OMP_WAIT_POLICY", "passive", 0);
  setenv("OPENBLAS_NUM_THREADS", "1", 0);
}

// Becomes the trainer, with the words that follow `train`.
Failure become_trainer(std::vector<std::string> words) {
  std::error_code failed;
  auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  program.replace_filename(kTrainer);
  words.insert(words.begin(), kTrainer);
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  set_waiting();
  execv(program.c_str(), argv.data());
  return {ErrorCode::kIo, "the trainer is not there", program.string(),
          "install libtorch (Debian: libtorch-dev) and build again"};
}

}  // namespace

Action add_train(CLI::App& command) {
  command.prefix_command();
  command.footer(
      "Runs veilray-train, which is built where libtorch is installed; see veilray train vqgan "
      "--help.\n"
      "Example: veilray train vqgan --config configs/vqgan-f8.json --data films -o vqgan-f8");
  return [&command](Context& context) -> Result<Report> {
    auto words = command.remaining();
    if (words.empty()) words.emplace_back("--help");
    if (context.options.quiet) words.emplace_back("--quiet");
    return become_trainer(std::move(words));
  };
}

}  // namespace veilray::cli
