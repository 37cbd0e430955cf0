// veilray-train: what `veilray train` runs. A program of its own, because it alone links libtorch.
#include <array>
#include <memory>

#include "cli/app.h"
#include "cli/build_info.h"
#include "cli/interrupt.h"
#include "train/allocation.h"
#include "train/classifier_run.h"
#include "train/vqgan_run.h"

namespace veilray::cli {
namespace {

Action add_vqgan(CLI::App& command) {
  auto run = std::make_shared<train::VqganRun>();
  command.add_option("--config", run->recipe, "network and training, as in configs/")
      ->type_name("FILE")
      ->required();
  command.add_option("--data", run->data, "a folder of films: NIH, CheXpert or an index.csv")
      ->type_name("DIR")
      ->required();
  command.add_option("--datasets", run->sources, "only these, of an index.csv")
      ->type_name("A,B,...")
      ->delimiter(',');
  command
      .add_option("--validation-datasets", run->validation_sources,
                  "validate on these (default: the same)")
      ->type_name("A,B,...")
      ->delimiter(',');
  command
      .add_option("--init", run->initial,
                  "weights to begin with, where they fit (default: random ones)")
      ->type_name("FILE");
  command.add_option("-o,--output", run->output, "the folder for weights, log and checkpoint")
      ->type_name("DIR")
      ->required();
  command.footer(
      "Goes on from the checkpoint in the output folder, if one is there.\n"
      "Example: veilray train vqgan --config configs/vqgan-f8-cpu.json --data films -o vqgan-f8");
  return [run](Context& context) -> Result<Report> {
    run->force = context.options.force;
    run->quiet = context.options.quiet;
    run->commit = build_info().commit;
    VEILRAY_CHECK_OK(train::run_vqgan(*run, context.pool, context.progress));
    return Report{{{"output", run->output.string()}}, run->output.string() + ": done\n"};
  };
}

Action add_classifier(CLI::App& command) {
  auto run = std::make_shared<train::ClassifierRun>();
  const auto file = [&](const char* name, std::filesystem::path& into, const char* about) {
    return command.add_option(name, into, about)->type_name("FILE");
  };
  file("--config", run->recipe, "network and training, as in configs/")->required();
  command.add_option("--data", run->data, "a folder of films: NIH, CheXpert or an index.csv")
      ->type_name("DIR")
      ->required();
  file("--vqgan", run->vqgan, "weights of the VQGAN whose latents are classified");
  file("--vqgan-config", run->vqgan_config, "its config; neither is needed for pixels");
  command.add_option("--datasets", run->sources, "only these, of an index.csv")
      ->type_name("A,B,...")
      ->delimiter(',');
  file("--init", run->initial,
       "trained weights to begin with: all but the last layer, which may have been for other "
       "labels");
  command.add_option("--cache", run->cache, "keeps latents (default: in the output folder)")
      ->type_name("DIR");
  command
      .add_option("--teacher", run->teachers,
                  "CSVs of others' probabilities, to learn from: the first that knows a film")
      ->type_name("FILE,...")
      ->delimiter(',');
  command
      .add_option("--unlabelled", run->unlabelled,
                  "datasets to learn from a teacher alone, whatever their labels")
      ->type_name("A,B,...")
      ->delimiter(',');
  command.add_option("-o,--output", run->output, "the folder for weights, record, card and log")
      ->type_name("DIR")
      ->required();
  command.footer(
      "Goes on from the checkpoint in the output folder, if one is there.\n"
      "Example: veilray train classifier --config configs/classifier-f8-hefnet.json --data films "
      "--vqgan vqgan-f8/vqgan.safetensors --vqgan-config vqgan-f8/vqgan.json -o chest-f8-hefnet");
  return [run](Context& context) -> Result<Report> {
    run->force = context.options.force;
    run->quiet = context.options.quiet;
    VEILRAY_CHECK_OK(train::run_classifier(*run, context.pool, context.progress));
    return Report{{{"output", run->output.string()}}, run->output.string() + ": done\n"};
  };
}

constexpr std::array kCommands = {
    Entry{"vqgan", "the autoencoder that makes latents of films", add_vqgan},
    Entry{"classifier", "the network that is run encrypted, on latents of films", add_classifier},
};

}  // namespace
}  // namespace veilray::cli

int main(int argc, char** argv) {
  veilray::train::keep_freed_memory();
  veilray::cli::clean_up_when_interrupted();
  return veilray::cli::run_program({.name = "veilray-train",
                                    .about = "Trains Veilray's networks on films.",
                                    .example = "veilray-train vqgan --help",
                                    .commands = veilray::cli::kCommands},
                                   argc, argv);
}
