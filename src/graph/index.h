#pragma once
// Shapes are signed, containers are not.
#include <cstddef>
#include <cstdint>

namespace veilray::graph {

/// A non-negative index as containers take it.
inline std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

}  // namespace veilray::graph
