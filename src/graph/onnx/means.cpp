// Means over windows of a map, or over all of it.
#include <algorithm>

#include "graph/onnx/call.h"
#include "graph/onnx/refusal.h"
#include "graph/onnx/window.h"

namespace veilray::graph::onnx {
namespace {

/// One axis of a mean: windows from -before to extent + after, of which what lies within
/// [-counted_before, extent + counted_after) is divided by.
struct Span {
  std::int64_t extent, kernel, stride, before, after, counted_before, counted_after;
};

/// kernel / (what is divided by) of each window; nothing where that is 1 for all.
Result<std::vector<float>> factors(const Span& span) {
  std::vector<float> out;
  bool plain = true;
  const std::int64_t end = span.extent + span.after - span.kernel;  // the last begins at most here
  for (std::int64_t begin = -span.before; begin <= end; begin += span.stride) {
    const std::int64_t counted = std::min(begin + span.kernel, span.extent + span.counted_after) -
                                 std::max(begin, -span.counted_before);
    if (counted < 1) return unsupported("a mean over padding alone", "use less padding");
    plain = plain && counted == span.kernel;
    out.push_back(
        static_cast<float>(static_cast<double>(span.kernel) / static_cast<double>(counted)));
  }
  if (plain) out.clear();
  return out;
}

/// A mean over windows of [1, c, h, w] as `signal` is seen, whose padding counts like any value. Of
/// the window's own padding the zeros that `counted` says do.
Result<Value> mean_over(Call& call, const Signal& signal, const Window& over,
                        const Padding& counted) {
  Signal inner = signal;
  inner.padding = {};
  VEILRAY_TRY(map, call.net().map_of(inner));
  const Shape seen = signal.seen_shape();
  const Padding& own = over.padding;
  VEILRAY_TRY(rows,
              factors({seen[2], over.height, over.stride, own[0], own[2], counted[0], counted[2]}));
  VEILRAY_TRY(columns,
              factors({seen[3], over.width, over.stride, own[1], own[3], counted[1], counted[3]}));
  const Padding padding = plus(signal.padding, own);
  if (padding == Padding{} && over.height == over.width) {
    VEILRAY_TRY(out, call.net().add(call.name(), AveragePool{over.height, over.stride}, {map}));
    return Value(std::move(out));
  }
  // A convolution of each channel by itself may have padding.
  const std::int64_t channels = call.net().shape(map)[0], taps = over.height * over.width;
  if (taps > kMaxWeight / channels)
    return unsupported("the window is too large", "use a square one without padding");
  Conv2d mean{.weight = Tensor::zeros({channels, 1, over.height, over.width}),
              .groups = channels,
              .stride = over.stride,
              .padding = padding,
              .row_factors = std::move(rows),
              .column_factors = std::move(columns)};
  std::ranges::fill(mean.weight.data, 1.0F / static_cast<float>(taps));
  VEILRAY_TRY(out, call.net().add(call.name(), std::move(mean), {map}));
  return Value(std::move(out));
}

/// All values of a map, over which a mean is taken.
Result<Value> mean_of_map(Call& call, bool keeps_axes) {
  VEILRAY_TRY(signal, call.padded_signal(0));
  const Shape seen = signal.seen_shape();
  if (seen.size() != 4) return unsupported("a mean of what is no map", "use [1, c, h, w]");
  const Window all{.height = seen[2], .width = seen[3], .stride = std::max(seen[2], seen[3])};
  VEILRAY_TRY(mean, mean_over(call, signal, all, {}));
  if (!keeps_axes) std::get<Signal>(mean).shape.resize(2);
  return mean;
}

/// Padding after the map with which the last window reaches over its end instead of being dropped,
/// if it begins before that end; as it is where no window fits.
std::int64_t rounded_up(std::int64_t extent, std::int64_t kernel, std::int64_t stride,
                        std::int64_t before, std::int64_t after) {
  const std::int64_t room = before + extent + after - kernel;
  if (room <= -stride) return after;
  std::int64_t last = room < 0 ? 0 : (room + stride - 1) / stride * stride;
  if (last >= before + extent) last -= stride;
  return std::max<std::int64_t>(0, last + kernel - before - extent);
}

}  // namespace

Result<Value> average_pool(Call& call) {
  VEILRAY_TRY(signal, call.padded_signal(0));
  const Shape seen = signal.seen_shape();
  if (seen.size() != 4) return unsupported("a pool of what is no map", "use [1, c, h, w]");
  VEILRAY_TRY(over, window(call, call.attribute("kernel_shape", Integers{}), seen));
  if (over.dilation != std::array<std::int64_t, 2>{1, 1})
    return unsupported("a dilated pool", "use a dense one");
  const Padding counted = call.integer("count_include_pad", 0) != 0 ? over.padding : Padding{};
  if (call.integer("ceil_mode", 0) != 0) {
    auto& [top, left, bottom, right] = over.padding;
    bottom = rounded_up(seen[2], over.height, over.stride, top, bottom);
    right = rounded_up(seen[3], over.width, over.stride, left, right);
  }
  return mean_over(call, signal, over, counted);
}

Result<Value> global_average_pool(Call& call) { return mean_of_map(call, true); }

Result<Value> reduce_mean(Call& call) {
  auto axes = call.attribute("axes", Integers{});
  for (auto& axis : axes)
    if (axis < 0) axis += 4;
  std::ranges::sort(axes);
  if (axes != Integers{2, 3})
    return unsupported("a mean over other axes than rows and columns", "take it over axes 2 and 3");
  return mean_of_map(call, call.integer("keepdims", 1) != 0);
}

}  // namespace veilray::graph::onnx
