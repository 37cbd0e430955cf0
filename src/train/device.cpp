#include "train/device.h"

#include <ATen/Parallel.h>
#include <torch/cuda.h>

namespace veilray::train {

torch::Device training_device() { return torch::cuda::is_available() ? torch::kCUDA : torch::kCPU; }

void use_threads(std::size_t threads) { at::set_num_threads(static_cast<int>(threads)); }

}  // namespace veilray::train
