// Element by element: polynomials however they are spread, factors of channels, sums of branches.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "graph/onnx/call.h"
#include "graph/onnx/refusal.h"

namespace veilray::graph::onnx {
namespace {

/// The one value that a constant repeats.
std::optional<double> scalar(const Constant& constant) {
  const auto repeated = [](const auto& values) -> std::optional<double> {
    if (values.empty()) return std::nullopt;
    const auto first = values.front();
    if (!std::ranges::all_of(values, [&](auto value) { return value == first; }))
      return std::nullopt;
    return static_cast<double>(first);
  };
  return std::visit(repeated, constant.values);
}

/// The constant's entry for each channel of a tensor of `shape`, [1, c, ...]; nothing if it differs
/// along another axis.
std::optional<std::vector<double>> per_channel(const Constant& constant, const Shape& shape) {
  const auto* floats = constant.floats();
  if (floats == nullptr || shape.size() < 2 || constant.shape.size() > shape.size())
    return std::nullopt;
  const std::size_t missing = shape.size() - constant.shape.size();
  for (std::size_t axis = 0; axis < constant.shape.size(); ++axis) {
    const std::int64_t wanted = axis + missing == 1 ? shape[1] : 1;
    if (constant.shape[axis] != wanted) return std::nullopt;
  }
  return std::vector<double>(floats->begin(), floats->end());
}

/// What is left to fold of constants: two numbers, or a number and a list.
template <class Operation>
Result<Value> folded(const Constant& a, const Constant& b, const Operation& operation) {
  const auto shape = broadcast(a.shape, b.shape);
  const bool simple = shape && (a.count() == 1 || b.count() == 1 || a.shape == b.shape);
  if (!simple || a.values.index() != b.values.index() || a.count() == 0 || b.count() == 0)
    return unsupported("it computes on constants",
                       "let the exporter fold them: do_constant_folding");
  const auto on = [&](const auto& x, const auto& y) {
    auto out = x.size() < y.size() ? y : x;
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = operation(x[x.size() == 1 ? 0 : i], y[y.size() == 1 ? 0 : i]);
    return out;
  };
  if (a.integers()) return Value(Constant{*shape, on(*a.integers(), *b.integers())});
  return Value(Constant{*shape, on(*a.floats(), *b.floats())});
}

/// Integers that neither sum nor product of two can overflow.
Status check_small(const Constant& constant) {
  const auto* integers = constant.integers();
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  if (integers && std::ranges::any_of(*integers, [](auto v) { return v < -kMost || v > kMost; }))
    return malformed("an integer beyond 2^31");
  return Done{};
}

/// Value by value, factor * signal + offset; one entry for all values or one for each channel.
Result<Value> mapped(Call& call, const Signal& signal, const std::vector<double>& factor,
                     const std::vector<double>& offset) {
  if (factor.size() == 1 && offset.size() == 1) {
    Signal out = signal;
    out.polynomial = affine(std::move(out.polynomial), factor[0], offset[0]);
    out.name = call.name();
    return Value(std::move(out));
  }
  return per_channel_affine(call, signal, factor, offset);
}

struct Pair {
  Signal a, b;
};

/// Both inputs as they are; an expanded one is left as it is.
Result<Pair> both(Call& call) {
  const auto one = [&](std::size_t i) -> Result<Signal> {
    const Signal* found = call.signal_or_null(i);
    if (found && found->expanded) return Signal(*found);
    return call.signal(i);
  };
  VEILRAY_TRY(a, one(0));
  VEILRAY_TRY(b, one(1));
  return Pair{std::move(a), std::move(b)};
}

bool same_values(const Signal& a, const Signal& b) {
  const auto shape = broadcast(a.shape, b.shape);
  return !a.expanded && !b.expanded && shape &&
         tensor::element_count(*shape) == tensor::element_count(a.shape) &&
         tensor::element_count(*shape) == tensor::element_count(b.shape);
}

Result<Value> sum_of(Call& call, const Pair& pair, double sign) {
  if (!same_values(pair.a, pair.b))
    return unsupported("a sum of tensors of different shapes", "add tensors of one shape");
  const Shape shape = *broadcast(pair.a.shape, pair.b.shape);
  if (auto found = call.net().in_one_base(pair.a, pair.b)) {
    Signal out = found->first;
    out.polynomial = sum(out.polynomial, affine(found->second.polynomial, sign, 0));
    out.shape = shape;
    out.name = call.name();
    return Value(std::move(out));
  }
  Signal b = pair.b;
  b.polynomial = affine(std::move(b.polynomial), sign, 0);
  if (sign < 0) b.name = call.name() + ".negative";
  VEILRAY_TRY(left, call.net().node_of(pair.a));
  VEILRAY_TRY(right, call.net().node_of(b));
  if (call.net().shape(left) != call.net().shape(right)) {
    VEILRAY_TRY(flat_left, call.net().vector_of(pair.a));
    VEILRAY_TRY(flat_right, call.net().vector_of(b));
    left = flat_left, right = flat_right;
  }
  VEILRAY_TRY(out, call.net().add(call.name(), Add{}, {left, right}, shape));
  return Value(std::move(out));
}

/// Whether `factors` holds one value for each channel of `map`, which is [1, c, h, w].
bool gates(const Signal& factors, const Signal& map) {
  if (map.expanded || map.shape.size() != 4) return false;
  if (broadcast(map.shape, factors.shape) != map.shape) return false;
  if (factors.expanded && *factors.expanded != map.shape) return false;
  const Shape wanted{1, map.shape[1], 1, 1};
  return broadcast(factors.shape, Shape{1, 1, 1, 1}) == wanted;
}

Result<Value> gated(Call& call, const Signal& map, Signal factors) {
  factors.expanded.reset();
  VEILRAY_TRY(x, call.net().map_of(map));
  VEILRAY_TRY(g, call.net().vector_of(factors));
  VEILRAY_TRY(out, call.net().add(call.name(), ChannelGate{}, {x, g}));
  return Value(std::move(out));
}

Result<Value> product_of(Call& call, const Pair& pair) {
  const auto found =
      same_values(pair.a, pair.b) ? call.net().in_one_base(pair.a, pair.b) : std::nullopt;
  if (found) {
    Signal out = found->first;
    if (degree(out.polynomial) + degree(found->second.polynomial) > Net::kMaxDegree)
      return unsupported("a polynomial of high degree", "degree 2 or 3 is what can be encrypted");
    out.polynomial = product(out.polynomial, found->second.polynomial);
    out.shape = *broadcast(pair.a.shape, pair.b.shape);
    out.name = call.name();
    return Value(std::move(out));
  }
  if (same_values(pair.a, pair.b)) {  // x times a function of x
    auto whole = call.net().gated(pair.a, pair.b);
    if (!whole) whole = call.net().gated(pair.b, pair.a);
    if (whole) {
      whole->shape = *broadcast(pair.a.shape, pair.b.shape);
      whole->name = call.name();
      return Value(*std::move(whole));
    }
  }
  // Where the map is of one pixel, either could be the factors: a map is what is none yet.
  VEILRAY_TRY(a_shape, call.net().shape_of(pair.a));
  if (gates(pair.b, pair.a) && (a_shape.size() == 3 || !gates(pair.a, pair.b)))
    return gated(call, pair.a, pair.b);
  if (gates(pair.a, pair.b)) return gated(call, pair.b, pair.a);
  return unsupported("a product of two different tensors",
                     "multiply a map [1, c, h, w] by factors [1, c, 1, 1], or by a constant");
}

struct WithConstant {
  const Signal* signal;
  const Constant* constant;
  bool constant_first;
};

std::optional<WithConstant> with_constant(Call& call) {
  for (const std::size_t i : {0U, 1U}) {
    const auto* constant = call.constant_or_null(i);
    const auto* signal = call.signal_or_null(1 - i);
    if (constant && signal) return WithConstant{signal, constant, i == 0};
  }
  return std::nullopt;
}

struct Operand {
  Signal signal;
  std::vector<double> values;  // one, or one for each channel
  bool constant_first;
};

/// A signal and a constant that fits it without repeating the signal's values.
Result<Operand> operand(Call& call, const WithConstant& found) {
  VEILRAY_TRY(signal, call.signal(found.constant_first ? 1 : 0));
  const auto shape = broadcast(signal.shape, found.constant->shape);
  if (!shape || tensor::element_count(*shape) != tensor::element_count(signal.shape))
    return unsupported("the constant has another shape than the tensor",
                       "use one number, or one for each channel");
  if (const auto value = scalar(*found.constant)) {
    signal.shape = *shape;
    return Operand{std::move(signal), {*value}, found.constant_first};
  }
  auto values = per_channel(*found.constant, signal.shape);
  if (!values)
    return unsupported("a constant that differs from pixel to pixel",
                       "use one number, or one for each channel");
  return Operand{std::move(signal), std::move(*values), found.constant_first};
}

Result<Value> added(Call& call, double sign) {
  const auto* a = call.constant_or_null(0);
  const auto* b = call.constant_or_null(1);
  if (a && b) {
    VEILRAY_CHECK_OK(check_small(*a));
    VEILRAY_CHECK_OK(check_small(*b));
    if (sign > 0) return folded(*a, *b, std::plus<>());
    return folded(*a, *b, std::minus<>());
  }
  const auto found = with_constant(call);
  if (!found) {
    VEILRAY_TRY(pair, both(call));
    return sum_of(call, pair, sign);
  }
  VEILRAY_TRY(with, operand(call, *found));
  const double factor = with.constant_first ? sign : 1.0;
  if (!with.constant_first)
    for (double& value : with.values) value *= sign;
  return mapped(call, with.signal, {factor}, with.values);
}

}  // namespace

Result<Value> add(Call& call) { return added(call, 1); }
Result<Value> subtract(Call& call) { return added(call, -1); }

Result<Value> multiply(Call& call) {
  const auto* a = call.constant_or_null(0);
  const auto* b = call.constant_or_null(1);
  if (a && b) {
    VEILRAY_CHECK_OK(check_small(*a));
    VEILRAY_CHECK_OK(check_small(*b));
    return folded(*a, *b, std::multiplies<>());
  }
  const auto found = with_constant(call);
  if (!found) {
    VEILRAY_TRY(pair, both(call));
    return product_of(call, pair);
  }
  VEILRAY_TRY(with, operand(call, *found));
  return mapped(call, with.signal, with.values, {0});
}

Result<Value> divide(Call& call) {
  const auto* b = call.constant_or_null(1);
  if (b == nullptr)
    return unsupported("a division by what depends on the input", "divide by constants only");
  const auto is_zero = [](const auto& values) {
    return std::ranges::any_of(values, [](auto value) { return value == 0; });
  };
  if (std::visit(is_zero, b->values)) return malformed("a division by zero");
  if (const auto* a = call.constant_or_null(0)) {
    VEILRAY_CHECK_OK(check_small(*a));
    VEILRAY_CHECK_OK(check_small(*b));
    return folded(*a, *b, std::divides<>());
  }
  const auto found = with_constant(call);
  if (!found) return malformed("an input is missing");
  VEILRAY_TRY(with, operand(call, *found));
  for (double& value : with.values) value = 1 / value;
  return mapped(call, with.signal, with.values, {0});
}

Result<Value> power(Call& call) {
  VEILRAY_TRY(exponents, call.constant(1));
  const auto exponent = scalar(*exponents);
  VEILRAY_TRY(signal, call.signal(0));
  constexpr double kMost = Net::kMaxDegree;
  const bool whole = exponent && *exponent >= 1 && *exponent <= kMost &&
                     *exponent == std::floor(*exponent) && exponents->count() == 1;
  if (!whole) return unsupported("a power that is no small whole number", "use exponent 2 or 3");
  if (degree(signal.polynomial) > 1) signal = call.net().pinned(std::move(signal));
  const Coefficients once = signal.polynomial;
  for (int i = 1; i < static_cast<int>(*exponent); ++i)
    signal.polynomial = product(signal.polynomial, once);
  signal.name = call.name();
  return Value(std::move(signal));
}

Result<Value> negative(Call& call) {
  VEILRAY_TRY(signal, call.signal(0));
  return mapped(call, signal, {-1}, {0});
}

}  // namespace veilray::graph::onnx
