#pragma once
// A fused network as bytes: its structure as JSON values, its weights as named tensors.
#include <nlohmann/json_fwd.hpp>

#include "base/error.h"
#include "graph/graph.h"
#include "tensor/safetensors.h"

namespace veilray::plan {

nlohmann::json network_structure(const graph::Graph& network);
tensor::TensorFile network_weights(const graph::Graph& network);

/// Fails with kMalformed for structure or weights that do not make a verified network.
Result<graph::Graph> read_network(const nlohmann::json& structure, tensor::TensorFile weights);

}  // namespace veilray::plan
