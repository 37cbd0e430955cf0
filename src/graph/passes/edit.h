#pragma once
// The few moves that the passes are made of.
#include <span>
#include <vector>

#include "graph/graph.h"

namespace veilray::graph {

/// The nodes that read `id`.
std::vector<NodeId> users_of(const Graph& graph, NodeId id);

/// `id`'s producer, if that is a Conv2d or Linear whose value nobody else sees: only then may what
/// `id` does be moved into its weights. Otherwise nullptr.
Node* exclusive_linear_producer(Graph& graph, NodeId id);

/// Takes the node out: its users read its (only) input instead. Later nodes move down by one.
void bypass(Graph& graph, NodeId id);

/// True if every path from `id` reaches a Conv2d or Linear through pooling, Flatten, gates and
/// StackSquares only, so that a factor on `id`'s value can be moved into their weights.
bool consumers_absorb_scale(const Graph& graph, NodeId id);
/// Multiplies those weights: as if `id`'s value were `factor` times what it is.
void scale_consumers(Graph& graph, NodeId id, double factor);

/// For a Conv2d or Linear: output channel o becomes factor[o] * (old) + offset[o].
void map_outputs(Node& linear, std::span<const double> factor, std::span<const double> offset);
/// The same factor and offset for every output.
void map_outputs(Node& linear, double factor, double offset);

}  // namespace veilray::graph
