#pragma once
// The JSON header of a safetensors file, checked so that its ranges may be used without a thought.
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "base/error.h"
#include "tensor/tensor.h"

namespace veilray::tensor {

/// What we read. F64 and I64 stand in state dicts (counters); we never write them.
enum class StoredType : std::uint8_t { kF32, kF16, kBF16, kF64, kI64 };
std::size_t size_of(StoredType type);

struct StoredTensor {
  StoredType type = StoredType::kF32;
  Shape shape;
  std::size_t begin = 0;  // bytes into the data
  std::size_t end = 0;    // end - begin == element_count(shape) * size_of(type)
};

struct Header {
  std::map<std::string, StoredTensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// The tensors of a parsed header tile [0, data_bytes) without holes or overlaps.
Result<Header> parse_header(std::span<const std::byte> text, std::size_t data_bytes);
/// Throws: Error{kInvalidArgument} for names or metadata that are not UTF-8.
std::string write_header(const Header& header);

}  // namespace veilray::tensor
