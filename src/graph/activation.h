#pragma once
// Activations that no ciphertext computes, as the float interpreter computes them.
#include "graph/op.h"

namespace veilray::graph {

/// Its value at x; sums and products in double.
double value_at(const Activation& activation, double x);

/// What the field calls it: "relu", "silu", "gelu", ...; "activation" for what has no name.
const char* name_of(const Activation& activation);

/// factor * activation + offset.
Activation affine(Activation activation, double factor, double offset);

}  // namespace veilray::graph
