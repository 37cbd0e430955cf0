#include "plan/depth.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "ckks/security.h"

namespace veilray::plan {
namespace {

constexpr const char* kMend = "it can be trained, and run with veilray run --plain";

struct Levels {
  std::uint32_t operator()(const graph::Conv2d&) const { return 1; }
  std::uint32_t operator()(const graph::Linear&) const { return 1; }
  std::uint32_t operator()(const graph::ChannelGate&) const { return 1; }
  std::uint32_t operator()(const graph::StackSquares&) const { return 1; }
  /// Once it is replaced, by a square at least.
  std::uint32_t operator()(const graph::Activation&) const { return 1; }
  std::uint32_t operator()(const graph::Polynomial& op) const {
    const std::size_t degree = op.coefficients.size() - 1;
    return degree < 2 ? 0 : degree == 2 ? 1 : 2;
  }
  template <class Free>
  std::uint32_t operator()(const Free&) const {
    return 0;
  }
};

}  // namespace

std::uint32_t levels_needed(const graph::Graph& network) {
  std::vector<std::uint32_t> below;  // of each node's result
  for (const graph::Node& node : network.nodes) {
    std::uint32_t deepest = 0;
    for (const graph::NodeId input : node.inputs) deepest = std::max(deepest, below[input.value]);
    below.push_back(deepest + std::visit(Levels{}, node.op));
  }
  return below.at(network.output.value);
}

std::uint32_t most_levels() {
  std::uint32_t most = 0;
  for (std::uint32_t log_n = 13; log_n <= 16; ++log_n) {
    most = std::max(most, static_cast<std::uint32_t>(ckks::max_log_qp(log_n) / kPrimeBits) - 2);
  }
  return most;
}

Failure too_deep(std::uint32_t levels) {
  return {ErrorCode::kUnsupported,
          fmt::format(
              "the network is too deep: it needs {} levels, and secure parameters have {} at most",
              levels, most_levels()),
          "parameter search", "use fewer layers or activations"};
}

Status check_encryptable(const graph::Graph& network) {
  const std::uint32_t levels = levels_needed(network);
  if (levels <= most_levels()) return Done{};
  Failure failure = too_deep(levels);
  failure.where = network.name;
  failure.mend = kMend;
  return failure;
}

}  // namespace veilray::plan
