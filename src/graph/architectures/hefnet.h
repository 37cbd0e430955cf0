#pragma once
// hefnet: four convolutions, each with BatchNorm and a quadratic activation, and one linear layer.
#include <cstdint>

#include "base/error.h"
#include "graph/architectures/tensor_list.h"
#include "graph/graph.h"

namespace veilray::graph {

/// For an input [in_channels, size, size]. Fails with kInvalidArgument if the network does not fit
/// such an input.
Result<TensorList> hefnet_tensors(std::int64_t in_channels, std::int64_t size,
                                  std::int64_t outputs);

/// `linear1.weight` says how many outputs there are. Fails as check_tensors and hefnet_tensors.
Result<Graph> build_hefnet(std::int64_t in_channels, std::int64_t size,
                           const tensor::TensorFile& weights);

}  // namespace veilray::graph
