#include "train/checkpoint.h"

#include <torch/serialize.h>

#include <sstream>

namespace veilray::train {
namespace {

constexpr const char* kMend = "give the config that it was made with, or --force to begin anew";

}  // namespace

Status take_values(const tensor::TensorFile& checkpoint, const std::string& name,
                   torch::Tensor values) {
  const torch::NoGradGuard no_grad;
  const auto found = checkpoint.tensors.find(name);
  if (found == checkpoint.tensors.end() || found->second.shape != values.sizes().vec()) {
    return Failure{ErrorCode::kInvalidArgument, "the checkpoint is another network's", name, kMend};
  }
  values.copy_(to_torch(found->second, values.device()));
  return Done{};
}

Status take_values(const tensor::TensorFile& checkpoint, const std::string& prefix,
                   Parameters& parameters) {
  for (auto& [name, values] : parameters) {
    VEILRAY_CHECK_OK(take_values(checkpoint, prefix + name, values));
  }
  return Done{};
}

std::string optimizer_bytes(const torch::optim::Optimizer& optimizer) {
  torch::serialize::OutputArchive archive;
  optimizer.save(archive);
  std::ostringstream stream;
  archive.save_to(stream);
  return stream.str();
}

Status take_optimizer(const std::string& bytes, torch::optim::Optimizer& optimizer) {
  std::istringstream stream(bytes);
  try {
    torch::serialize::InputArchive archive;
    archive.load_from(stream);
    optimizer.load(archive);
  } catch (const std::exception&) {  // libtorch's message is pages long
    return Failure{ErrorCode::kMalformed, "the checkpoint's optimiser cannot be read", "", kMend};
  }
  return Done{};
}

}  // namespace veilray::train
