#pragma once
// Polynomials in place of the activations that no ciphertext computes
// (docs/adr/0017-approximated-activations.md).
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "graph/approximation/record.h"
#include "graph/graph.h"

namespace veilray::graph {

struct Approximated {
  Graph graph;  // without Activation nodes, verified
  Approximation record;
};

/// Replaces the activations one after the other, each by a polynomial that fits what enters it when
/// those before are replaced already: of degree 2 at most, or of degree 3 where that can be
/// encrypted and more than halves a root-mean-square error of a hundredth of the values' spread;
/// where the result is the factors of a gate, of degree 3 or 1. Fails with kInvalidArgument without
/// inputs or where one does not fit the network, kUnsupported for an activation at the network's
/// end, or whose input grows beyond all numbers.
Result<Approximated> approximate(Graph network, const std::vector<Tensor>& inputs, FitMethod method,
                                 Progress& progress);

/// Fails with kUnsupported, naming the node, if there is an Activation.
Status check_polynomial(const Graph& network);

}  // namespace veilray::graph
