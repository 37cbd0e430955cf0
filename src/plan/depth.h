#pragma once
// How deep a network is, before anything is planned.
#include <cstdint>

#include "base/error.h"
#include "graph/graph.h"

namespace veilray::plan {

/// Of every prime in the chain and beside it.
inline constexpr std::uint32_t kPrimeBits = 30;

/// Levels along the longest path, when all that can be folded is: one for a convolution, a dense
/// layer, a square and a gate, two for a polynomial of degree 3.
std::uint32_t levels_needed(const graph::Graph& network);

/// The most that any secure parameters have.
std::uint32_t most_levels();

/// "the network is too deep": how many levels it needs, and how many there are.
Failure too_deep(std::uint32_t levels);

/// Fails with kUnsupported for a network that is deeper than any secure parameters, saying how deep
/// it is. `network` is one as graph::build gives it.
Status check_encryptable(const graph::Graph& network);

}  // namespace veilray::plan
