#pragma once
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>

#include <cstdint>

namespace veilray::train {

/// Standard normal numbers, the same for the same seed.
inline at::Tensor normal(at::IntArrayRef shape, std::uint64_t seed) {
  return at::randn(shape, at::make_generator<at::CPUGeneratorImpl>(seed), at::TensorOptions());
}

}  // namespace veilray::train
