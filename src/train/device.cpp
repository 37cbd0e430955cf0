#include "train/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/cuda.h>

namespace veilray::train {

torch::Device training_device() {
  if (!torch::cuda::is_available()) return torch::kCPU;
  // Every step has the shapes of the one before: looking for the fastest convolution pays.
  at::globalContext().setBenchmarkCuDNN(true);
  return torch::kCUDA;
}

void use_threads(std::size_t threads) { at::set_num_threads(static_cast<int>(threads)); }

}  // namespace veilray::train
