#include "vision/vqgan/weights.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "vision/vqgan/architecture.h"

namespace veilray::vision::vqgan {
namespace {

constexpr std::string_view kTrainingOnly = "loss.";

std::string shape_text(const tensor::Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  return text + "]";
}

Failure unfit(std::string what, std::string mend) {
  return {ErrorCode::kInvalidArgument, std::move(what), "VQGAN weights", std::move(mend)};
}

Status check_tensor(const TensorSpec& spec, const tensor::TensorFile& weights) {
  const auto found = weights.tensors.find(spec.name);
  if (found == weights.tensors.end()) {
    return unfit("tensor " + spec.name + " is missing", "weights and config must belong together");
  }
  const tensor::Tensor& tensor = found->second;
  if (tensor.shape != spec.shape || tensor.data.size() != tensor::element_count(spec.shape)) {
    return unfit("tensor " + spec.name + " has shape " + shape_text(tensor.shape),
                 "the config asks for " + shape_text(spec.shape));
  }
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::all_of(tensor.data.begin(), tensor.data.end(), finite)) {
    return unfit("tensor " + spec.name + " holds a value that is not finite",
                 "export the weights again");
  }
  return Done{};
}

}  // namespace

std::vector<TensorSpec> part_tensors(const Config& config, Part part) {
  if (part == Part::kQuantizer) return quantizer_tensors(config);
  std::vector<TensorSpec> specs;
  for (const Stage& stage :
       part == Part::kEncoder ? encoder_stages(config) : decoder_stages(config)) {
    const auto tensors = stage_tensors(stage);
    specs.insert(specs.end(), tensors.begin(), tensors.end());
  }
  return specs;
}

Status check_part(const Config& config, const tensor::TensorFile& weights, Part part) {
  for (const TensorSpec& spec : part_tensors(config, part)) {
    VEILRAY_CHECK_OK(check_tensor(spec, weights));
  }
  return Done{};
}

Status check_weights(const Config& config, const tensor::TensorFile& weights) {
  std::set<std::string> known;
  for (const Part part : {Part::kEncoder, Part::kQuantizer, Part::kDecoder}) {
    VEILRAY_CHECK_OK(check_part(config, weights, part));
    for (const TensorSpec& spec : part_tensors(config, part)) known.insert(spec.name);
  }
  for (const auto& [name, tensor] : weights.tensors) {
    if (name.starts_with(kTrainingOnly) || known.contains(name)) continue;
    return unfit("tensor " + name.substr(0, 128) + " belongs to no layer",
                 "weights and config must belong together");
  }
  return Done{};
}

tensor::TensorFile select_parts(const Config& config, const tensor::TensorFile& weights,
                                const std::vector<Part>& parts) {
  tensor::TensorFile selected;
  selected.metadata = weights.metadata;
  for (const Part part : parts) {
    for (const TensorSpec& spec : part_tensors(config, part)) {
      const auto found = weights.tensors.find(spec.name);
      if (found == weights.tensors.end()) {
        throw Error(ErrorCode::kInvalidArgument, "tensor " + spec.name + " is missing");
      }
      selected.tensors.emplace(spec.name, found->second);
    }
  }
  return selected;
}

}  // namespace veilray::vision::vqgan
