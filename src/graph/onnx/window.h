#pragma once
// The window that a convolution or a mean moves over a map.
#include <array>
#include <cstdint>
#include <vector>

#include "graph/onnx/call.h"

namespace veilray::graph::onnx {

using Integers = std::vector<std::int64_t>;

/// Of a kernel, a map, a padding.
inline constexpr std::int64_t kMaxSide = 1 << 16;

struct Window {
  std::int64_t height = 1, width = 1, stride = 1;
  std::array<std::int64_t, 2> dilation{1, 1};
  Padding padding{};  // the operator's own
};

/// What the node's attributes say of a window of `kernel` over a map that it sees as [1, c, h, w].
Result<Window> window(Call& call, const Integers& kernel, const Shape& seen);

/// True for `count` values in [least, kMaxSide].
bool between(const Integers& values, std::size_t count, std::int64_t least);

Padding plus(const Padding& a, const Padding& b);

}  // namespace veilray::graph::onnx
