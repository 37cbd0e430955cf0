#include "graph/onnx/window.h"

#include <fmt/format.h>

#include <algorithm>

#include "graph/onnx/refusal.h"

namespace veilray::graph::onnx {
namespace {

/// Padding with which a map gives one value for each step of the stride: SAME_LOWER has the odd
/// zero before the map, SAME_UPPER after it.
Padding same_padding(const Window& over, const Shape& seen, bool lower) {
  const std::array<std::int64_t, 2> kernel{over.height, over.width};
  Padding out{};
  for (std::size_t axis = 0; axis < kernel.size(); ++axis) {
    const std::int64_t extent = seen[2 + axis];
    const std::int64_t reach = (kernel[axis] - 1) * over.dilation[axis] + 1;
    const std::int64_t steps = (extent + over.stride - 1) / over.stride;
    const std::int64_t zeros =
        std::max<std::int64_t>(0, (steps - 1) * over.stride + reach - extent);
    out[axis] = lower ? zeros - zeros / 2 : zeros / 2;
    out[axis + 2] = zeros - out[axis];
  }
  return out;
}

}  // namespace

bool between(const Integers& values, std::size_t count, std::int64_t least) {
  return values.size() == count && std::ranges::all_of(values, [&](auto value) {
           return value >= least && value <= kMaxSide;
         });
}

Padding plus(const Padding& a, const Padding& b) {
  Padding out = a;
  for (std::size_t side = 0; side < out.size(); ++side) out[side] += b[side];
  return out;
}

Result<Window> window(Call& call, const Integers& kernel, const Shape& seen) {
  const auto strides = call.attribute("strides", Integers{1, 1});
  const auto dilations = call.attribute("dilations", Integers{1, 1});
  const auto pads = call.attribute("pads", Integers{0, 0, 0, 0});
  const auto how = call.attribute("auto_pad", std::string("NOTSET"));
  if (kernel.size() != 2)
    return unsupported(fmt::format("a window over {} axes", kernel.size()), "use two");
  if (!between(kernel, 2, 1) || !between(strides, 2, 1) || !between(dilations, 2, 1) ||
      !between(pads, 4, 0))
    return malformed("kernel, strides, dilations or pads out of range");
  if (strides[0] != strides[1])
    return unsupported("a stride that differs between rows and columns", "use one stride");
  Window out{kernel[0], kernel[1], strides[0], {dilations[0], dilations[1]}};
  if (how == "NOTSET") {
    std::ranges::copy(pads, out.padding.begin());
  } else if (how == "SAME_UPPER" || how == "SAME_LOWER") {
    if (seen.size() != 4) return unsupported("padding of what is no map", "use [1, c, h, w]");
    out.padding = same_padding(out, seen, how == "SAME_LOWER");
  } else if (how != "VALID") {
    return unsupported("padding of kind " + readable(how), "give the pads themselves");
  }
  return out;
}

}  // namespace veilray::graph::onnx
