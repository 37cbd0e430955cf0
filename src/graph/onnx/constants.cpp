// Operators on what the file or its shapes fix: how an exporter writes a shape that depends on the
// batch.
#include <algorithm>

#include "graph/onnx/call.h"
#include "graph/onnx/refusal.h"

namespace veilray::graph::onnx {
namespace {

/// Shapes and the like; weights are not computed with.
constexpr auto kMaxSmall = static_cast<std::int64_t>(kMaxList);

Value integers_of(std::vector<std::int64_t> values) {
  Shape shape{static_cast<std::int64_t>(values.size())};
  return Constant{std::move(shape), std::move(values)};
}

/// The first input, if it is a list of integers.
Result<std::vector<std::int64_t>> short_list(Call& call, std::size_t i) {
  VEILRAY_TRY(constant, call.constant(i));
  if (constant->integers() == nullptr || constant->shape.size() > 1)
    return unsupported("it takes parts out of a tensor", "only shapes can be taken apart");
  return std::vector<std::int64_t>(*constant->integers());
}

std::vector<std::int64_t> counted(std::int64_t begin, std::int64_t end, std::int64_t step) {
  std::vector<std::int64_t> out;
  for (std::int64_t at = begin; step > 0 ? at < end : at > end; at += step) out.push_back(at);
  return out;
}

/// The indices that a slice takes of an axis; from the end where negative, cut where beyond.
std::vector<std::int64_t> range(std::int64_t start, std::int64_t end, std::int64_t step,
                                std::int64_t extent) {
  const auto bounded = [&](std::int64_t at) {
    if (at < 0) at = std::max(at, -extent - 1) + extent;
    return step > 0 ? std::clamp<std::int64_t>(at, 0, extent)
                    : std::clamp<std::int64_t>(at, -1, extent - 1);
  };
  step = std::clamp<std::int64_t>(step, -kMaxSmall, kMaxSmall);
  return counted(bounded(start), bounded(end), step);
}

/// The entries at `indices` of one axis.
Constant picked(const Constant& from, std::size_t axis, const std::vector<std::int64_t>& indices) {
  const auto& values = *from.integers();
  std::size_t inner = 1, outer = 1;
  for (std::size_t i = 0; i < from.shape.size(); ++i)
    (i < axis ? outer : inner) *= i == axis ? 1 : static_cast<std::size_t>(from.shape[i]);
  const auto extent = static_cast<std::size_t>(from.shape[axis]);
  std::vector<std::int64_t> out;
  for (std::size_t o = 0; o < outer; ++o) {
    for (const auto index : indices) {
      const auto begin =
          static_cast<std::ptrdiff_t>((o * extent + static_cast<std::size_t>(index)) * inner);
      out.insert(out.end(), values.begin() + begin,
                 values.begin() + begin + static_cast<std::ptrdiff_t>(inner));
    }
  }
  Constant made{from.shape, std::move(out)};
  made.shape[axis] = static_cast<std::int64_t>(indices.size());
  return made;
}

}  // namespace

Result<Value> constant_of(Call& call) {
  if (call.has_attribute("value")) return Value(call.attribute("value", Constant{}));
  if (call.has_attribute("value_float"))
    return Value(Constant{{}, std::vector{call.attribute("value_float", 0.0F)}});
  if (call.has_attribute("value_int"))
    return Value(Constant{{}, std::vector{call.integer("value_int", 0)}});
  if (call.has_attribute("value_ints"))
    return integers_of(call.attribute("value_ints", std::vector<std::int64_t>{}));
  return unsupported("a constant that is neither tensor nor number", "export it as a tensor");
}

Result<Value> constant_of_shape(Call& call) {
  VEILRAY_TRY(extents, short_list(call, 0));
  return filled(call.attribute("value", Constant{{1}, std::vector{0.0F}}), extents);
}

Result<Value> filled(const Constant& one, const Shape& shape) {
  if (one.count() != 1) return malformed("it repeats more than one value");
  if (shape.size() > kMaxRank) return malformed("more than 8 axes");
  std::int64_t count = 1;
  for (const auto extent : shape) {
    if (extent >= 0 && extent <= kMaxSmall) count *= extent;
    if (extent < 0 || extent > kMaxSmall || count > kMaxSmall)
      return unsupported("a large tensor of one value", "export it as a number");
  }
  const auto repeated = [&](const auto& values) {
    return Value(Constant{shape, std::vector(static_cast<std::size_t>(count), values.front())});
  };
  return std::visit(repeated, one.values);
}

Result<Value> shape_of(Call& call) {
  VEILRAY_TRY(value, call.value(0));
  const auto* constant = std::get_if<Constant>(value);
  Shape shape = constant ? constant->shape : std::get<Signal>(*value).seen_shape();
  const auto rank = static_cast<std::int64_t>(shape.size());
  const auto bounded = [&](std::int64_t at) {
    return static_cast<std::ptrdiff_t>(std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank));
  };
  const auto begin = bounded(call.integer("start", 0)), end = bounded(call.integer("end", rank));
  if (end <= begin) return integers_of({});
  return integers_of({shape.begin() + begin, shape.begin() + end});
}

Result<Value> gather(Call& call) {
  VEILRAY_TRY(list, short_list(call, 0));
  VEILRAY_TRY(indices, call.constant(1));
  VEILRAY_TRY(wanted, call.integers(1));
  if (wanted.size() > kMaxList) return malformed("it takes a long list");
  const auto count = static_cast<std::int64_t>(list.size());
  std::vector<std::int64_t> out;
  for (const auto index : wanted) {
    if (index < -count || index >= count) return malformed("an index beyond the list");
    out.push_back(list[static_cast<std::size_t>(index < 0 ? index + count : index)]);
  }
  return Value(Constant{indices->shape, std::move(out)});
}

Result<Value> slice(Call& call) {
  VEILRAY_TRY(constant, call.constant(0));
  if (constant->integers() == nullptr || constant->count() > kMaxSmall)
    return unsupported("it takes parts out of a tensor", "only shapes can be taken apart");
  VEILRAY_TRY(starts, call.integers(1));
  VEILRAY_TRY(ends, call.integers(2));
  VEILRAY_TRY(axes, call.integers(3));
  VEILRAY_TRY(steps, call.integers(4));
  if (!call.has(3)) axes = counted(0, static_cast<std::int64_t>(starts.size()), 1);
  if (!call.has(4)) steps.assign(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    return malformed("starts, ends, axes and steps differ in length");
  const auto rank = static_cast<std::int64_t>(constant->shape.size());
  Constant out = *constant;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
    if (axis < 0 || axis >= rank || steps[i] == 0) return malformed("an axis or step out of range");
    const auto extent = out.shape[static_cast<std::size_t>(axis)];
    out = picked(out, static_cast<std::size_t>(axis), range(starts[i], ends[i], steps[i], extent));
  }
  return Value(std::move(out));
}

Constant permuted(const Constant& constant, const std::vector<std::int64_t>& order) {
  std::vector<std::size_t> strides(constant.shape.size(), 1);
  for (std::size_t axis = strides.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * static_cast<std::size_t>(constant.shape[axis]);
  Constant out{{}, constant.values};
  std::vector<std::size_t> steps;
  for (const auto axis : order) {
    out.shape.push_back(constant.shape[static_cast<std::size_t>(axis)]);
    steps.push_back(strides[static_cast<std::size_t>(axis)]);
  }
  std::vector<std::int64_t> at(steps.size(), 0);
  const auto fill = [&](const auto& from) {
    auto& to = std::get<std::decay_t<decltype(from)>>(out.values);
    std::size_t source = 0;
    for (auto& value : to) {
      value = from[source];
      for (std::size_t axis = at.size(); axis-- > 0;) {  // the next place, last axis fastest
        source += steps[axis];
        if (++at[axis] < out.shape[axis]) break;
        source -= steps[axis] * static_cast<std::size_t>(at[axis]);
        at[axis] = 0;
      }
    }
  };
  std::visit(fill, constant.values);
  return out;
}

}  // namespace veilray::graph::onnx
