#pragma once
// A network that a command line names: one of the built-in ones, with weights.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "cli/trained_record.h"
#include "graph/classifier_record.h"
#include "graph/graph.h"
#include "tensor/safetensors.h"

namespace veilray::cli {

struct NetworkSource {
  NetworkChoice choice;
  std::filesystem::path weights, record;
  std::optional<std::uint64_t> random_seed;
};

/// The options that fill it.
void add_network_options(CLI::App& command, NetworkSource& source);

using Record = std::optional<graph::ClassifierRecord>;
/// Null for none.
inline const graph::ClassifierRecord* get(const Record& record) {
  return record ? &*record : nullptr;
}
/// None, if none is named.
Result<Record> read_record(const NetworkSource& source);

struct NamedNetwork {
  graph::ArchitectureSpec architecture;
  tensor::TensorFile weights;
  graph::Graph graph;
};
/// Fails with kUsage if no weights are named, and as graph::build does, naming the file.
Result<NamedNetwork> load_network(const NetworkSource& source,
                                  const graph::ClassifierRecord* record);

}  // namespace veilray::cli
