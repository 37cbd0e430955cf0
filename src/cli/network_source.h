#pragma once
// A network that a command line names: one of the built-in ones with weights, or an ONNX file.
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
  std::filesystem::path onnx;  // instead of all others
  std::optional<std::uint64_t> random_seed;
};

/// The options that fill it, but for `onnx`, which stands by itself: `file` excludes them.
void add_network_options(CLI::App& command, NetworkSource& source, CLI::Option* file);

using Record = std::optional<graph::ClassifierRecord>;
/// Null for none.
inline const graph::ClassifierRecord* get(const Record& record) {
  return record ? &*record : nullptr;
}
/// None, if none is named.
Result<Record> read_record(const NetworkSource& source);

struct NamedNetwork {
  std::string description;     // for people: "hefnet, attention none"
  tensor::TensorFile weights;  // none, if it is an ONNX file's
  graph::Graph graph;
};
/// Fails with kUsage if no weights are named, and as graph::build or graph::onnx::load does, naming
/// the file.
Result<NamedNetwork> load_network(const NetworkSource& source,
                                  const graph::ClassifierRecord* record);

}  // namespace veilray::cli
