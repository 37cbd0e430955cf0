#pragma once
// What flows into the activations: polynomials are good approximations, and stay small, only on the
// range that they were trained on.
#include <vector>

#include "graph/classifier_record.h"
#include "graph/graph.h"

namespace veilray::graph {

/// Smallest and largest value that enters each activation of a network as `build` gives it, over
/// some inputs [c, h, w]; nothing without inputs.
/// Throws: Error{kInvalidArgument} if an input's shape is another than the network's.
std::vector<ActivationRange> activation_ranges(const Graph& network,
                                               const std::vector<Tensor>& inputs);

/// Widens `ranges` so that they hold `by`, activation for activation in the same order; takes `by`
/// where there is nothing yet.
void widen(std::vector<ActivationRange>& ranges, const std::vector<ActivationRange>& by);

/// Those of `seen` that leave what is recorded, by more than `slack` times the recorded width.
/// An activation that is not recorded does not count.
std::vector<ActivationRange> outside(const std::vector<ActivationRange>& recorded,
                                     const std::vector<ActivationRange>& seen, double slack = 0.1);

}  // namespace veilray::graph
