#include "graph/architectures/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "graph/architectures/networks.h"

namespace veilray::graph {
namespace {

constexpr std::int64_t kMaxChannels = 1024, kMaxSize = 1024, kMaxOutputs = 1 << 16;
constexpr std::int64_t kUsualOutputs = 14;

struct Architecture {
  const char* name;
  void (*describe)(Layers&, const std::string& attention, std::int64_t outputs);
  const char* sizes;       // what it fits
  const char* last_layer;  // gives the logits
  bool shares_activation;
};

constexpr std::array kArchitectures{
    Architecture{"lenet", describe_lenet, "use size 32 or more", "linear2", false},
    Architecture{"vgg5", describe_vgg5, "use size 16 or more", "linear1", true},
    Architecture{"hefnet", describe_hefnet, "use size 16, or 24 and more", "linear1", true},
    Architecture{"resnet20", describe_resnet20, "use size 1 or more", "linear", false}};

const Architecture* find(const std::string& name) {
  const auto* found =
      std::ranges::find_if(kArchitectures, [&](const Architecture& a) { return a.name == name; });
  return found == kArchitectures.end() ? nullptr : found;
}

bool between(std::int64_t value, std::int64_t most) { return value >= 1 && value <= most; }

Result<const Architecture*> known(const ArchitectureSpec& spec) {
  const Architecture* found = find(spec.name);
  if (found == nullptr) {
    return Failure{ErrorCode::kInvalidArgument, "unknown architecture", spec.name,
                   fmt::format("available: {}", fmt::join(available_architectures(), ", "))};
  }
  if (spec.attention != "none" && spec.attention != "se" && spec.attention != "cbam") {
    return Failure{ErrorCode::kInvalidArgument, "unknown attention", spec.attention,
                   "available: none, se, cbam"};
  }
  return found;
}

Layers describe(const Architecture& architecture, const ArchitectureSpec& spec,
                std::int64_t outputs, const tensor::TensorFile& weights) {
  Layers net(spec.name, {spec.in_channels, spec.size, spec.size}, weights);
  architecture.describe(net, spec.attention, outputs);
  return net;
}

/// What the last layer's weights say.
std::int64_t outputs_of(const Architecture& architecture, const tensor::TensorFile& weights) {
  const auto last = weights.tensors.find(architecture.last_layer + std::string(".weight"));
  const bool says = last != weights.tensors.end() && !last->second.shape.empty();
  return says ? last->second.shape[0] : kUsualOutputs;
}

}  // namespace

std::vector<std::string> available_architectures() {
  std::vector<std::string> names;
  for (const Architecture& architecture : kArchitectures) names.emplace_back(architecture.name);
  return names;
}

Result<Graph> build(const ArchitectureSpec& spec, const tensor::TensorFile& weights) {
  VEILRAY_TRY(architecture, known(spec));
  const std::int64_t outputs = outputs_of(*architecture, weights);
  VEILRAY_TRY(expected, expected_tensors(spec, outputs));
  VEILRAY_CHECK_OK(check_tensors(weights, expected, spec.name));
  return describe(*architecture, spec, outputs, weights).finish();
}

Result<TensorList> expected_tensors(const ArchitectureSpec& spec, std::int64_t outputs) {
  VEILRAY_TRY(architecture, known(spec));
  const Failure impossible{
      ErrorCode::kInvalidArgument, spec.name + " cannot have such an input or output",
      fmt::format("{} channels of size {}, {} outputs", spec.in_channels, spec.size, outputs),
      architecture->sizes};
  const bool bounded = between(spec.in_channels, kMaxChannels) && between(spec.size, kMaxSize) &&
                       between(outputs, kMaxOutputs);
  if (!bounded) return impossible;
  const tensor::TensorFile none;
  const Layers net = describe(*architecture, spec, outputs, none);
  if (!net.status().ok()) return impossible;
  return net.tensors();
}

bool shares_activation(const std::string& architecture) {
  const Architecture* found = find(architecture);
  return found != nullptr && found->shares_activation;
}

}  // namespace veilray::graph
