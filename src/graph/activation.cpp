#include "graph/activation.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "graph/horner.h"

namespace veilray::graph {
namespace {

using Kind = Activation::Kind;

double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

double function_at(const Activation& activation, double x) {
  switch (activation.kind) {
    case Kind::kRelu:
      return x > 0 ? x : activation.low * x;
    case Kind::kElu:
      return x > 0 ? x : activation.low * std::expm1(x);
    case Kind::kClip:
      return std::min(std::max(x, activation.low), activation.high);
    case Kind::kSigmoid:
      return 1 / (1 + std::exp(-x));
    case Kind::kTanh:
      return std::tanh(x);
    case Kind::kErf:
      return std::erf(x);
    case Kind::kSoftplus:
      return softplus(x);
  }
  return x;
}

bool is_constant(const std::vector<double>& coefficients) { return coefficients.size() == 1; }

}  // namespace

double value_at(const Activation& activation, double x) {
  const double function = function_at(activation, polynomial_at(activation.inner, x));
  return polynomial_at(activation.factor, x) * polynomial_at(activation.outer, function) +
         activation.offset;
}

const char* name_of(const Activation& activation) {
  const bool gates = !is_constant(activation.factor);  // x times a function of x
  switch (activation.kind) {
    case Kind::kRelu:
      if (gates) return "activation";
      return activation.low == 0 ? "relu" : "leaky_relu";
    case Kind::kElu:
      return gates ? "activation" : "elu";
    case Kind::kClip:
      return gates ? "hard_swish" : "clip";
    case Kind::kSigmoid:
      return gates ? "silu" : "sigmoid";
    case Kind::kTanh:
      return gates ? "gelu" : "tanh";
    case Kind::kErf:
      return gates ? "gelu" : "erf";
    case Kind::kSoftplus:
      return gates ? "activation" : "softplus";
  }
  return "activation";
}

Activation affine(Activation activation, double factor, double offset) {
  for (double& coefficient : activation.factor) coefficient *= factor;
  activation.offset = factor * activation.offset + offset;
  return activation;
}

}  // namespace veilray::graph
