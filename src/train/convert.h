#pragma once
// Between the arrays of the program and libtorch's.
#include <torch/types.h>

#include <map>
#include <string>

#include "tensor/safetensors.h"
#include "tensor/tensor.h"

namespace veilray::train {

/// Parameters by the names that they have in the file. A std::map: every walk over it has one
/// order.
using Parameters = std::map<std::string, torch::Tensor>;

/// Same shape and values, float32 on `device`.
torch::Tensor to_torch(const tensor::Tensor& array, torch::Device device = torch::kCPU);
/// Same shape and values, on the CPU and cut from any graph.
tensor::Tensor to_array(const torch::Tensor& values);

/// The parameters as a file without metadata.
tensor::TensorFile to_file(const Parameters& parameters);

}  // namespace veilray::train
