#pragma once
// The header of a .npy file: a Python dictionary of three fixed keys.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "tensor/tensor.h"

namespace veilray::tensor {

enum class NpyType : std::uint8_t { kF4, kF8, kF2 };
std::size_t size_of(NpyType type);

struct NpyHeader {
  NpyType type = NpyType::kF4;
  Shape shape;
};

/// The extents are any that fit; whether the data is that long is for has_element_count.
Result<NpyHeader> parse_npy_header(std::string_view text);

/// element_count(shape) == count, without overflow. True also assures that the product of the
/// extents fits in any order.
bool has_element_count(const Shape& shape, std::size_t count);

}  // namespace veilray::tensor
