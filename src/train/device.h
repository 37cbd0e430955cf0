#pragma once
#include <torch/types.h>

#include <cstddef>

namespace veilray::train {

/// The first GPU where libtorch finds one, else the CPU with so many threads.
torch::Device training_device(std::size_t threads);

}  // namespace veilray::train
