#include "cli/latent.h"

#include <algorithm>
#include <cmath>

#include "tensor/npy.h"

namespace veilray::cli {
namespace {

constexpr auto kMend = "give a float array [C, S, S], as veilray encode writes it";

Result<tensor::Tensor> load_finite(const std::filesystem::path& path) {
  VEILRAY_TRY(array, tensor::load_npy(path));
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::all_of(array.data.begin(), array.data.end(), finite)) {
    return Failure{ErrorCode::kInvalidArgument, "the latent holds NaN or infinity", path.string(),
                   kMend};
  }
  if (array.data.empty()) {
    return Failure{ErrorCode::kInvalidArgument, "the latent is empty", path.string(), kMend};
  }
  return array;
}

Failure wrong_rank(const tensor::Tensor& array, const std::filesystem::path& path) {
  return {ErrorCode::kInvalidArgument,
          "a latent cannot have the shape [" + shape_text(array.shape) + "]", path.string(), kMend};
}

}  // namespace

Result<tensor::Tensor> load_latent(const std::filesystem::path& path) {
  VEILRAY_TRY(array, load_finite(path));
  if (array.shape.size() == 4 && array.shape.front() == 1) array.shape.erase(array.shape.begin());
  if (array.shape.size() != 3) return wrong_rank(array, path);
  return array;
}

Result<tensor::Tensor> load_latents(const std::filesystem::path& path) {
  VEILRAY_TRY(array, load_finite(path));
  if (array.shape.size() == 3) array.shape.insert(array.shape.begin(), 1);
  if (array.shape.size() != 4) return wrong_rank(array, path);
  return array;
}

tensor::Tensor slice(const tensor::Tensor& batch, std::int64_t index) {
  tensor::Shape shape(batch.shape.begin() + 1, batch.shape.end());
  const auto count = static_cast<std::ptrdiff_t>(tensor::element_count(shape));
  const auto first = batch.data.begin() + index * count;
  return {std::move(shape), std::vector<float>(first, first + count)};
}

std::vector<tensor::Tensor> slices(const tensor::Tensor& batch) {
  std::vector<tensor::Tensor> all;
  for (std::int64_t i = 0; i < batch.shape[0]; ++i) all.push_back(slice(batch, i));
  return all;
}

Status require_shape(const tensor::Tensor& tensor, const tensor::Shape& expected,
                     const std::filesystem::path& path) {
  if (tensor.shape == expected) return Done{};
  return Failure{ErrorCode::kInvalidArgument, "the latent is " + shape_text(tensor.shape),
                 path.string(), "this model takes " + shape_text(expected)};
}

std::string shape_text(const tensor::Shape& shape) {
  std::string text;
  for (const auto extent : shape) text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text;
}

}  // namespace veilray::cli
