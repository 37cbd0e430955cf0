#include "graph/architectures/tensor_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace veilray::graph {

Status check_tensors(const tensor::TensorFile& file, const TensorList& expected,
                     const std::string& architecture) {
  const auto invalid = [&](const std::string& what) {
    return Failure{ErrorCode::kInvalidArgument, what, "weights for " + architecture,
                   "give the weights that were trained for this network"};
  };
  for (const auto& [name, shape] : expected) {
    const auto found = file.tensors.find(name);
    if (found == file.tensors.end()) return invalid("tensor " + name + " is missing");
    const auto& tensor = found->second;
    if (tensor.shape != shape || tensor.data.size() != tensor::element_count(shape)) {
      return invalid(fmt::format("tensor {} has shape [{}] and should have [{}]", name,
                                 fmt::join(tensor.shape, ", "), fmt::join(shape, ", ")));
    }
    if (!std::ranges::all_of(tensor.data, [](float v) { return std::isfinite(v); })) {
      return invalid("tensor " + name + " holds NaN or infinity");
    }
  }
  for (const auto& [name, tensor] : file.tensors) {
    if (expected.contains(name) || name.ends_with(".num_batches_tracked")) continue;
    return invalid("tensor " + name + " is unknown");
  }
  return Done{};
}

}  // namespace veilray::graph
