#include "graph/architectures/registry.h"

#include <algorithm>

#include "graph/architectures/hefnet.h"

namespace veilray::graph {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

Failure refusal(ErrorCode code, const std::string& what, const std::string& name) {
  return {code, what, name,
          "available: " + joined(available_architectures()) + ", with attention none"};
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

Status check_available(const ArchitectureSpec& spec) {
  const std::vector<std::string> planned{"lenet", "vgg5", "resnet20"};
  if (contains(planned, spec.name)) {
    return refusal(ErrorCode::kUnsupported, "architecture not available yet", spec.name);
  }
  if (!contains(available_architectures(), spec.name)) {
    return refusal(ErrorCode::kInvalidArgument, "unknown architecture", spec.name);
  }
  if (spec.attention == "se" || spec.attention == "cbam") {
    return refusal(ErrorCode::kUnsupported, "attention not available yet", spec.attention);
  }
  if (spec.attention != "none") {
    return refusal(ErrorCode::kInvalidArgument, "unknown attention", spec.attention);
  }
  return Done{};
}

}  // namespace

std::vector<std::string> available_architectures() { return {"hefnet"}; }

Result<Graph> build(const ArchitectureSpec& spec, const tensor::TensorFile& weights) {
  VEILRAY_CHECK_OK(check_available(spec));
  return build_hefnet(spec.in_channels, spec.size, weights);
}

Result<TensorList> expected_tensors(const ArchitectureSpec& spec, std::int64_t outputs) {
  VEILRAY_CHECK_OK(check_available(spec));
  return hefnet_tensors(spec.in_channels, spec.size, outputs);
}

}  // namespace veilray::graph
