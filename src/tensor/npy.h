#pragma once
// NumPy's .npy format, versions 1 to 3: little-endian float32 in C order (float64 and float16
// convert).
#include <filesystem>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "tensor/tensor.h"

namespace veilray::tensor {

/// Fails with kMalformed (magic, header, length) or kUnsupported (dtype, Fortran order,
/// big-endian).
Result<Tensor> parse_npy(std::span<const std::byte> bytes);
std::vector<std::byte> write_npy(const Tensor& tensor);

Result<Tensor> load_npy(const std::filesystem::path& path);
Status save_npy(const std::filesystem::path& path, const Tensor& tensor,
                const WriteOptions& options = {});

}  // namespace veilray::tensor
