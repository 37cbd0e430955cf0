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
  std::string attention = "none";  // or se, cbam
  std::int64_t in_channels = 4;
  std::int64_t size = 32;  // height and width of the latent
};

/// Names that `build` accepts.
std::vector<std::string> available_architectures();

/// The network with its weights; its last layer's say how many outputs there are. Fails with
/// kInvalidArgument: unknown name or attention, impossible size, a tensor missing, of the wrong
/// shape, unknown or not finite.
Result<Graph> build(const ArchitectureSpec& spec, const tensor::TensorFile& weights);

/// The tensors that `build` wants, for `outputs` logits.
Result<TensorList> expected_tensors(const ArchitectureSpec& spec, std::int64_t outputs = 14);

/// Whether the network's activations `relu1`, `relu2`, ... are one: their tensors are trained as
/// one and written under each name.
bool shares_activation(const std::string& architecture);

}  // namespace veilray::graph
