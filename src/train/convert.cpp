#include "train/convert.h"

#include <algorithm>

namespace veilray::train {

torch::Tensor to_torch(const tensor::Tensor& array, torch::Device device) {
  auto values = torch::empty(array.shape, torch::kFloat32);
  std::copy(array.data.begin(), array.data.end(), values.data_ptr<float>());
  return values.to(device);
}

tensor::Tensor to_array(const torch::Tensor& values) {
  const auto flat = values.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  const auto* begin = flat.data_ptr<float>();
  return {flat.sizes().vec(), std::vector<float>(begin, begin + flat.numel())};
}

tensor::TensorFile to_file(const Parameters& parameters) {
  tensor::TensorFile file;
  for (const auto& [name, values] : parameters) file.tensors.emplace(name, to_array(values));
  return file;
}

}  // namespace veilray::train
