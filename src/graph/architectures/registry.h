#pragma once
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/architectures/tensor_list.h"
#include "graph/graph.h"
#include "tensor/safetensors.h"

namespace veilray::graph {

/// A built-in network, as the command line names it.
struct ArchitectureSpec {
  std::string name = "hefnet";
  std::string attention = "none";
  std::int64_t in_channels = 4;
  std::int64_t size = 32;  // height and width of the latent
};

/// Names that `build` accepts.
std::vector<std::string> available_architectures();

/// The network with its weights. Fails with kInvalidArgument or kUnsupported: unknown or not yet
/// available name, impossible size, a tensor missing, of the wrong shape, unknown or not finite.
Result<Graph> build(const ArchitectureSpec& spec, const tensor::TensorFile& weights);

/// The tensors that `build` wants, for `outputs` logits.
Result<TensorList> expected_tensors(const ArchitectureSpec& spec, std::int64_t outputs = 14);

}  // namespace veilray::graph
