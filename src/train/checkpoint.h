#pragma once
// What both trainers keep to go on: tensors by name, and libtorch's own state of an optimiser.
#include <torch/optim/optimizer.h>

#include <string>

#include "base/error.h"
#include "train/convert.h"

namespace veilray::train {

/// Copies `name` of a checkpoint into `values`, in place: an optimiser holds on to these very
/// tensors. Fails with kInvalidArgument if it is not there, or has another shape.
Status take_values(const tensor::TensorFile& checkpoint, const std::string& name,
                   torch::Tensor values);
/// The same for each parameter, named `prefix` and its own name.
Status take_values(const tensor::TensorFile& checkpoint, const std::string& prefix,
                   Parameters& parameters);

std::string optimizer_bytes(const torch::optim::Optimizer& optimizer);
/// Fails with kMalformed for bytes that are not this optimiser's.
Status take_optimizer(const std::string& bytes, torch::optim::Optimizer& optimizer);

}  // namespace veilray::train
