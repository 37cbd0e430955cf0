#pragma once
// The few moves that the passes are made of.
#include <span>
#include <vector>

#include "graph/graph.h"

namespace veilray::graph {

/// The nodes that read `id`.
std::vector<NodeId> users_of(const Graph& graph, NodeId id);

/// The Conv2d or Linear that makes `id`'s input, or those whose sum it is, if nobody else sees
/// their values: only then may what `id` does be moved into their weights. Otherwise none.
std::vector<Node*> exclusive_linear_producers(Graph& graph, NodeId id);

/// Takes the node out: its users read its (only) input instead. Later nodes move down by one.
void bypass(Graph& graph, NodeId id);

/// Puts `node` between `user` and its `input`th input. `user` and later nodes move up by one.
void insert_before(Graph& graph, NodeId user, std::size_t input, Node node);

/// True if every path from `id` reaches a Conv2d or Linear through pooling, Flatten, gates and
/// StackSquares only, so that a factor on `id`'s value can be moved into their weights.
bool consumers_absorb_scale(const Graph& graph, NodeId id);
/// Multiplies those weights: as if `id`'s value were `factor` times what it is.
void scale_consumers(Graph& graph, NodeId id, double factor);

/// For a Conv2d or Linear: output channel o becomes factor[o] * (old) + offset[o].
void map_outputs(Node& linear, std::span<const double> factor, std::span<const double> offset);
/// The same factor and offset for every output.
void map_outputs(Node& linear, double factor, double offset);
/// For the sum of several.
void map_outputs(std::span<Node* const> summands, std::span<const double> factor,
                 std::span<const double> offset);
void map_outputs(std::span<Node* const> summands, double factor, double offset);

}  // namespace veilray::graph
