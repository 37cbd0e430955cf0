#include "graph/ranges.h"

#include <algorithm>

#include "graph/interpret.h"

namespace veilray::graph {

std::vector<ActivationRange> activation_ranges(const Graph& network,
                                               const std::vector<Tensor>& inputs) {
  std::vector<ActivationRange> ranges;
  for (const auto& input : inputs) {
    const auto values = run_all(network, input);
    std::size_t next = 0;
    for (const auto& node : network.nodes) {
      if (!std::holds_alternative<Polynomial>(node.op)) continue;
      const auto& entering = values.at(node.inputs.at(0).value).data;
      const auto [least, most] = std::minmax_element(entering.begin(), entering.end());
      if (next == ranges.size()) ranges.push_back({node.name, *least, *most});
      auto& range = ranges[next++];
      range.min = std::min<double>(range.min, *least);
      range.max = std::max<double>(range.max, *most);
    }
  }
  return ranges;
}

void widen(std::vector<ActivationRange>& ranges, const std::vector<ActivationRange>& by) {
  if (ranges.empty()) ranges = by;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    ranges[i].min = std::min(ranges[i].min, by.at(i).min);
    ranges[i].max = std::max(ranges[i].max, by.at(i).max);
  }
}

std::vector<ActivationRange> outside(const std::vector<ActivationRange>& recorded,
                                     const std::vector<ActivationRange>& seen, double slack) {
  std::vector<ActivationRange> leaving;
  for (const auto& range : seen) {
    const auto known = std::find_if(recorded.begin(), recorded.end(),
                                    [&](const auto& r) { return r.name == range.name; });
    if (known == recorded.end()) continue;
    const double margin = slack * (known->max - known->min);
    if (range.min < known->min - margin || range.max > known->max + margin)
      leaving.push_back(range);
  }
  return leaving;
}

}  // namespace veilray::graph
