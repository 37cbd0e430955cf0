#pragma once
// The safetensors format: u64 header length, JSON header, raw little-endian data. F32, F16 and
// BF16.
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "base/error.h"
#include "base/file.h"
#include "tensor/tensor.h"

namespace veilray::tensor {

/// Named tensors (always float32 in memory) and the string metadata of the file.
struct TensorFile {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

enum class DType : std::uint8_t { kF32, kF16, kBF16 };

/// Fails with kMalformed: header too long or no JSON, duplicate names, extents negative or
/// overflowing, ranges that overlap, leave holes or run past the end; kUnsupported: another dtype.
/// NaN and infinities are values here; who cannot use them refuses them.
Result<TensorFile> parse_safetensors(std::span<const std::byte> bytes);
/// Tensors in name order, aligned to 8 bytes, so that equal content gives equal bytes.
std::vector<std::byte> write_safetensors(const TensorFile& file, DType dtype = DType::kF32);

Result<TensorFile> load_safetensors(const std::filesystem::path& path);
Status save_safetensors(const std::filesystem::path& path, const TensorFile& file,
                        DType dtype = DType::kF32, const WriteOptions& options = {});

}  // namespace veilray::tensor
