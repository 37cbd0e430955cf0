#pragma once
#include <map>
#include <string>

#include "base/error.h"
#include "tensor/safetensors.h"

namespace veilray::graph {

/// The names and shapes of a network's weights.
using TensorList = std::map<std::string, tensor::Shape>;

/// Exactly the expected tensors, finite; PyTorch's `*.num_batches_tracked` may stand beside them.
/// Fails with kInvalidArgument naming the first tensor that is missing, misshapen, unknown or not
/// finite. `architecture` says whose weights they should have been.
Status check_tensors(const tensor::TensorFile& file, const TensorList& expected,
                     const std::string& architecture);

}  // namespace veilray::graph
