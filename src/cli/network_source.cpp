#include "cli/network_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/in_file.h"
#include "cli/command.h"
#include "graph/architectures/random_weights.h"
#include "graph/architectures/registry.h"
#include "graph/onnx/import.h"

namespace veilray::cli {
namespace {

Result<tensor::TensorFile> read_weights(const NetworkSource& source,
                                        const graph::ArchitectureSpec& architecture) {
  if (source.random_seed) return graph::random_weights(architecture, *source.random_seed);
  if (!source.weights.empty()) return tensor::load_safetensors(source.weights);
  return Failure{ErrorCode::kUsage, "no weights", "command line",
                 "give --weights FILE.safetensors or --random-weights SEED"};
}

}  // namespace

void add_network_options(CLI::App& command, NetworkSource& source, CLI::Option* file) {
  const auto architectures = graph::available_architectures();
  command
      .add_option("--arch", source.choice.name,
                  fmt::format("one of {}", fmt::join(architectures, ", ")))
      ->type_name("NAME")
      ->check(CLI::IsMember(architectures));
  command.add_option("--attention", source.choice.attention, "none, se or cbam")
      ->type_name("KIND")
      ->check(CLI::IsMember({"none", "se", "cbam"}));
  command.add_option("--in-channels", source.choice.in_channels, "of the latent (default: 4)")
      ->type_name("C")
      ->check(CLI::Range(1, 1024));
  command.add_option("--size", source.choice.size, "side of the latent (default: 32)")
      ->type_name("S")
      ->check(CLI::Range(1, 1024));
  auto* weights = command.add_option("--weights", source.weights, "the network's weights")
                      ->type_name("FILE.safetensors");
  command.add_option("--random-weights", source.random_seed, "draw weights that mean nothing")
      ->type_name("SEED")
      ->check(kSeedRange)
      ->excludes(weights);
  command
      .add_option("--record", source.record,
                  "what the trainer says of the weights: network, labels, calibration, metrics")
      ->type_name("FILE.json")
      ->needs(weights);
  for (const char* option : {"--arch", "--attention", "--in-channels", "--size", "--weights",
                             "--random-weights", "--record"})
    file->excludes(command.get_option(option));
}

Result<Record> read_record(const NetworkSource& source) {
  if (source.record.empty()) return Record();
  VEILRAY_TRY(record, graph::load_record(source.record));
  return Record(std::move(record));
}

Result<NamedNetwork> load_network(const NetworkSource& source,
                                  const graph::ClassifierRecord* record) {
  if (!source.onnx.empty()) {
    VEILRAY_TRY(network, graph::onnx::load(source.onnx));
    return NamedNetwork{"ONNX, " + network.name, {}, std::move(network)};
  }
  const auto architecture = source.choice.architecture(record);
  VEILRAY_TRY(weights, read_weights(source, architecture));
  auto built = graph::build(architecture, weights);
  if (!built.ok() && !source.weights.empty()) built = in_file(source.weights, std::move(built));
  VEILRAY_TRY(graph, std::move(built));
  return NamedNetwork{fmt::format("{}, attention {}", architecture.name, architecture.attention),
                      std::move(weights), std::move(graph)};
}

}  // namespace veilray::cli
