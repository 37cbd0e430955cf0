// Operators that leave the values as they are. A signal's are in the order of its base, so that
// only its shape changes; what changes their order is refused.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "graph/onnx/call.h"
#include "graph/onnx/refusal.h"

namespace veilray::graph::onnx {
namespace {

/// The first input with another shape of as many elements.
Result<Value> reshaped(Call& call, Shape shape) {
  if (const Constant* constant = call.constant_or_null(0))
    return Value(Constant{std::move(shape), constant->values});
  VEILRAY_TRY(signal, call.signal(0));
  signal.shape = std::move(shape);
  return Value(std::move(signal));
}

/// Of the first input.
Result<Shape> shape_before(Call& call) {
  VEILRAY_TRY(value, call.value(0));
  if (const auto* constant = std::get_if<Constant>(value)) return Shape(constant->shape);
  VEILRAY_TRY(signal, call.signal(0));
  return Shape(signal.shape);
}

/// Axes of a tensor of `rank` axes, counted from the end where negative; sorted.
Result<std::vector<std::int64_t>> normalized(std::vector<std::int64_t> axes, std::size_t rank) {
  const auto count = static_cast<std::int64_t>(rank);
  for (std::int64_t& axis : axes) {
    if (axis < -count || axis >= count) return malformed("an axis that the tensor does not have");
    if (axis < 0) axis += count;
  }
  std::ranges::sort(axes);
  if (std::ranges::adjacent_find(axes) != axes.end()) return malformed("an axis is named twice");
  return axes;
}

std::int64_t extent_product(std::span<const std::int64_t> extents) {
  return std::accumulate(extents.begin(), extents.end(), std::int64_t{1}, std::multiplies<>());
}

/// What Reshape's second input asks for: 0 keeps an axis, -1 takes what is left.
Result<Shape> requested(const Shape& before, const std::vector<std::int64_t>& wanted,
                        bool zero_is_zero) {
  if (wanted.size() > kMaxRank) return malformed("more than 8 axes");
  const auto count = static_cast<std::int64_t>(tensor::element_count(before));
  Shape shape;
  std::optional<std::size_t> open;
  std::int64_t known = 1;
  for (std::size_t axis = 0; axis < wanted.size(); ++axis) {
    std::int64_t extent = wanted[axis];
    if (extent == 0 && !zero_is_zero) {
      if (axis >= before.size()) return malformed("it keeps an axis that is not there");
      extent = before[axis];
    }
    if (extent < -1 || extent > count || (extent == -1 && open))
      return malformed(fmt::format("{} values do not fit the shape", count));
    if (extent == -1) open = axis;
    shape.push_back(extent == -1 ? 1 : extent);
    known *= shape.back();
    if (known > count) break;
  }
  if (open && known > 0 && count % known == 0) {
    shape[*open] = count / known;
    known = count;
  }
  if (known != count || shape.size() != wanted.size())
    return malformed(fmt::format("{} values do not fit the shape", count));
  return shape;
}

}  // namespace

Result<Value> identity_of(Call& call) {
  VEILRAY_TRY(value, call.value(0));
  return Value(*value);
}

Result<Value> dropout(Call& call) {
  if (call.has(2)) {
    VEILRAY_TRY(training, call.integers(2));
    if (training.size() != 1 || training[0] != 0)
      return unsupported("it is in training mode", "export the network in evaluation mode");
  }
  return identity_of(call);
}

Result<Value> cast(Call& call) {
  constexpr std::int64_t kFloatType = 1, kInt64Type = 7;
  const std::int64_t to = call.integer("to", 0);
  VEILRAY_TRY(value, call.value(0));
  if (const auto* constant = std::get_if<Constant>(value)) {
    if ((to == kFloatType && constant->floats()) || (to == kInt64Type && constant->integers()))
      return Value(*value);
    if (to == kFloatType && constant->integers()) {
      std::vector<float> floats;
      for (const auto integer : *constant->integers())
        floats.push_back(static_cast<float>(integer));
      return Value(Constant{constant->shape, std::move(floats)});
    }
  } else if (to == kFloatType) {
    return Value(*value);
  }
  return unsupported("a conversion to another type than float", "export a float network");
}

Result<Value> reshape(Call& call) {
  VEILRAY_TRY(before, shape_before(call));
  VEILRAY_CHECK_OK(call.constant(1));
  VEILRAY_TRY(wanted, call.integers(1));
  VEILRAY_TRY(shape, requested(before, wanted, call.integer("allowzero", 0) != 0));
  return reshaped(call, std::move(shape));
}

Result<Value> flatten(Call& call) {
  VEILRAY_TRY(before, shape_before(call));
  const auto rank = static_cast<std::int64_t>(before.size());
  std::int64_t axis = call.integer("axis", 1);
  if (axis < -rank || axis > rank) return malformed("an axis that the tensor does not have");
  if (axis < 0) axis += rank;
  const auto front = std::span(before).first(static_cast<std::size_t>(axis));
  const auto back = std::span(before).subspan(static_cast<std::size_t>(axis));
  return reshaped(call, {extent_product(front), extent_product(back)});
}

Result<Value> squeeze(Call& call) {
  VEILRAY_TRY(before, shape_before(call));
  VEILRAY_TRY(wanted, call.integers(1));
  VEILRAY_TRY(axes, normalized(wanted, before.size()));
  Shape shape;
  for (std::size_t axis = 0; axis < before.size(); ++axis) {
    const bool named = std::ranges::binary_search(axes, static_cast<std::int64_t>(axis));
    if (named && before[axis] != 1) return malformed("it drops an axis that is longer than 1");
    if (!(named || (!call.has(1) && before[axis] == 1))) shape.push_back(before[axis]);
  }
  return reshaped(call, std::move(shape));
}

Result<Value> unsqueeze(Call& call) {
  VEILRAY_TRY(before, shape_before(call));
  VEILRAY_CHECK_OK(call.constant(1));
  VEILRAY_TRY(wanted, call.integers(1));
  const std::size_t rank = before.size() + wanted.size();
  if (rank > kMaxRank) return malformed("more than 8 axes");
  VEILRAY_TRY(axes, normalized(wanted, rank));
  Shape shape(rank, 0);
  for (const auto axis : axes) shape[static_cast<std::size_t>(axis)] = 1;
  std::size_t next = 0;
  for (std::int64_t& extent : shape)
    if (extent == 0) extent = before[next++];
  return reshaped(call, std::move(shape));
}

Result<Value> transpose(Call& call) {
  VEILRAY_TRY(before, shape_before(call));
  std::vector<std::int64_t> reversed(before.size());
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  const auto order = call.attribute("perm", reversed);
  VEILRAY_TRY(sorted, normalized(order, before.size()));
  const bool counted = std::ranges::all_of(order, [](auto axis) { return axis >= 0; });
  if (!counted || sorted.size() != before.size())
    return malformed("perm does not name each axis once");
  if (const Constant* constant = call.constant_or_null(0)) return Value(permuted(*constant, order));
  Shape shape;
  std::int64_t last = -1;
  bool keeps_order = true;  // of the axes that are longer than 1
  for (const auto axis : order) {
    shape.push_back(before[static_cast<std::size_t>(axis)]);
    if (shape.back() == 1) continue;
    keeps_order = keeps_order && axis > last;
    last = axis;
  }
  if (!keeps_order)
    return unsupported("it changes the order of the values", "keep channels, rows and columns");
  return reshaped(call, std::move(shape));
}

Result<Value> expand(Call& call) {
  VEILRAY_TRY(before, shape_before(call));
  VEILRAY_CHECK_OK(call.constant(1));
  VEILRAY_TRY(wanted, call.integers(1));
  const auto shape = broadcast(before, wanted);
  if (!shape || std::ranges::any_of(*shape, [](auto extent) { return extent < 1; }))
    return malformed("the shapes do not fit");
  if (wanted.size() > kMaxRank) return malformed("more than 8 axes");
  const Constant* constant = call.constant_or_null(0);
  if (constant && constant->count() == 1) return filled(*constant, *shape);
  if (*shape == before) return identity_of(call);
  VEILRAY_TRY(signal, call.signal(0));
  signal.expanded = *shape;
  return Value(std::move(signal));
}

}  // namespace veilray::graph::onnx
