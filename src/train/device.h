#pragma once
#include <torch/types.h>

#include <cstddef>

namespace veilray::train {

/// The first GPU where libtorch finds one, else the CPU.
torch::Device training_device();
/// How many threads libtorch may use on the CPU for one operation.
void use_threads(std::size_t threads);

}  // namespace veilray::train
