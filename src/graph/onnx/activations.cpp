// Activations that are no polynomials: for networks in the clear, and for approximate().
#include <algorithm>
#include <cmath>
#include <limits>

#include "graph/onnx/call.h"
#include "graph/onnx/refusal.h"

namespace veilray::graph::onnx {
namespace {

using Kind = Activation::Kind;

/// Of the first input.
Result<Value> activated(Call& call, Activation function) {
  VEILRAY_TRY(signal, call.signal(0));
  return Value(call.net().activated(call.name(), std::move(signal), std::move(function)));
}

/// A bound of Clip, `otherwise` where it is left out.
Result<double> bound(Call& call, std::size_t i, double otherwise) {
  VEILRAY_TRY(values, call.floats(i));
  if (call.has(i) && values.size() != 1) return malformed("a bound that is not one number");
  return values.empty() ? otherwise : double{values.front()};
}

Activation hard_sigmoid(double alpha, double beta) {
  return {.kind = Kind::kClip, .low = 0, .high = 1, .inner = {beta, alpha}};
}

}  // namespace

Result<Value> relu(Call& call) { return activated(call, {.kind = Kind::kRelu}); }

Result<Value> leaky_relu(Call& call) {
  return activated(call,
                   {.kind = Kind::kRelu, .low = double{call.attribute<float>("alpha", 0.01F)}});
}

Result<Value> p_relu(Call& call) {
  VEILRAY_CHECK_OK(call.constant(1));
  VEILRAY_TRY(slopes, call.floats(1));
  if (slopes.empty()) return malformed("no slope");
  if (std::ranges::any_of(slopes, [&](float slope) { return slope != slopes.front(); }))
    return unsupported("a slope for each channel", "use one slope for all: nn.PReLU()");
  return activated(call, {.kind = Kind::kRelu, .low = double{slopes.front()}});
}

Result<Value> elu(Call& call) {
  return activated(call, {.kind = Kind::kElu, .low = double{call.attribute<float>("alpha", 1.0F)}});
}

Result<Value> selu(Call& call) {
  const double alpha = double{call.attribute<float>("alpha", 1.67326319F)};
  const double gamma = double{call.attribute<float>("gamma", 1.05070102F)};
  return activated(call, {.kind = Kind::kElu, .low = alpha, .outer = {0, gamma}});
}

Result<Value> celu(Call& call) {
  const double alpha = double{call.attribute<float>("alpha", 1.0F)};
  if (alpha == 0) return malformed("an alpha of 0");
  return activated(call,
                   {.kind = Kind::kElu, .low = 1, .inner = {0, 1 / alpha}, .outer = {0, alpha}});
}

Result<Value> clip(Call& call) {
  constexpr double kMost = std::numeric_limits<float>::max();
  VEILRAY_TRY(low, bound(call, 1, -kMost));
  VEILRAY_TRY(high, bound(call, 2, kMost));
  if (low > high) return malformed("a lower bound above the upper one");
  return activated(call, {.kind = Kind::kClip, .low = low, .high = high});
}

Result<Value> sigmoid(Call& call) { return activated(call, {.kind = Kind::kSigmoid}); }
Result<Value> tanh(Call& call) { return activated(call, {.kind = Kind::kTanh}); }
Result<Value> erf(Call& call) { return activated(call, {.kind = Kind::kErf}); }
Result<Value> softplus(Call& call) { return activated(call, {.kind = Kind::kSoftplus}); }

Result<Value> hard_sigmoid(Call& call) {
  return activated(call, hard_sigmoid(double{call.attribute<float>("alpha", 0.2F)},
                                      double{call.attribute<float>("beta", 0.5F)}));
}

Result<Value> hard_swish(Call& call) {
  VEILRAY_TRY(signal, call.signal(0));
  Signal gate = call.net().activated(call.name(), signal, hard_sigmoid(1.0 / 6, 0.5));
  if (auto product = call.net().gated(signal, gate)) return Value(*std::move(product));
  return unsupported("it acts on a polynomial of high degree", "put it after a convolution");
}

}  // namespace veilray::graph::onnx
