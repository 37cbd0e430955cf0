#pragma once
// Latents from outside: .npy files that must be what they claim.
#include <filesystem>
#include <vector>

#include "base/error.h"
#include "tensor/tensor.h"

namespace veilray::cli {

/// [C, S, S] out of a .npy of [C, S, S] or [1, C, S, S]. Fails, naming the path, with
/// kInvalidArgument for another shape or a value that is not finite.
Result<tensor::Tensor> load_latent(const std::filesystem::path& path);

/// [n, C, S, S] out of a .npy of that shape (a single [C, S, S] counts as n = 1), checked likewise.
Result<tensor::Tensor> load_latents(const std::filesystem::path& path);

/// Array `index` of a batch.
tensor::Tensor slice(const tensor::Tensor& batch, std::int64_t index);
/// All of them.
std::vector<tensor::Tensor> slices(const tensor::Tensor& batch);

/// Fails with kInvalidArgument, naming both shapes, unless the tensor has the expected one.
Status require_shape(const tensor::Tensor& tensor, const tensor::Shape& expected,
                     const std::filesystem::path& path);

/// "4 x 32 x 32".
std::string shape_text(const tensor::Shape& shape);

}  // namespace veilray::cli
