// What a VqganTrainer gives and keeps: quality, weights, checkpoints.
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "train/checkpoint.h"
#include "train/films.h"
#include "train/image_quality.h"
#include "train/vqgan_trainer.h"

namespace veilray::train {
namespace {

constexpr std::int64_t kBatch = 8;  // whole films at a time
constexpr const char* kStateFile = "state.safetensors";
constexpr const char* kOptimizerFile = "optimizer.pt";
constexpr const char* kAdversaryFile = "adversary.pt";  // its optimiser
constexpr const char* kAdversaryPrefix = "adversary/";
constexpr std::uint64_t kMaxOptimizerBytes = std::uint64_t{4} << 30;

void put(tensor::TensorFile& file, const std::string& prefix, const Parameters& parameters) {
  for (const auto& [name, values] : parameters) {
    file.tensors.emplace(prefix + name, to_array(values));
  }
}

Status save_optimizer(const std::filesystem::path& path, const torch::optim::Optimizer& optimizer) {
  return write_file(path, as_bytes(optimizer_bytes(optimizer)));
}

Status load_optimizer(const std::filesystem::path& path, torch::optim::Optimizer& optimizer) {
  VEILRAY_TRY(bytes, read_file(path, kMaxOptimizerBytes));
  return take_optimizer({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, optimizer);
}

/// Whether the checkpoint has an adversary where the recipe has one. (The log's columns are the
/// recipe's, too.)
Status check_opponent(const tensor::TensorFile& checkpoint, bool wanted) {
  const auto found = checkpoint.tensors.lower_bound(kAdversaryPrefix);
  const bool there =
      found != checkpoint.tensors.end() && found->first.starts_with(kAdversaryPrefix);
  if (there == wanted) return Done{};
  return Failure{ErrorCode::kInvalidArgument,
                 there ? "the checkpoint has an adversary, and the recipe has none"
                       : "the recipe has an adversary, and the checkpoint has none",
                 "adversary",
                 "go on with the recipe that it was made with, or give its vqgan.safetensors to "
                 "--init and another folder to -o"};
}

Status check_finite(const tensor::TensorFile& weights, const std::string& name) {
  const auto finite = [](float value) { return std::isfinite(value); };
  if (std::ranges::all_of(weights.tensors.at(name).data, finite)) return Done{};
  return Failure{ErrorCode::kInvalidArgument, "a value that is not finite", name,
                 "give weights of a training that went well to --init"};
}

}  // namespace

Status VqganTrainer::begin_with(const tensor::TensorFile& weights) {
  const auto fits = [&](const auto& parameter) {
    const auto found = weights.tensors.find(parameter.first);
    return found != weights.tensors.end() && found->second.shape == parameter.second.sizes().vec();
  };
  const auto& all = network_.parameters();
  const auto fitting = static_cast<std::size_t>(std::ranges::count_if(all, fits));
  if (2 * fitting < all.size())
    return Failure{ErrorCode::kInvalidArgument,
                   fmt::format("only {} of the network's {} tensors", fitting, all.size()),
                   "the weights to begin with",
                   "give those of a VQGAN of like width and levels, or leave --init out"};
  for (auto* parameters : {&network_.parameters(), &averaged_.parameters()}) {
    for (auto& parameter : *parameters) {
      if (!fits(parameter)) continue;
      VEILRAY_CHECK_OK(check_finite(weights, parameter.first));
      VEILRAY_CHECK_OK(take_values(weights, parameter.first, parameter.second));
    }
  }
  if (fits(*all.find(kCodes))) codebook_.stay_here();
  return Done{};
}

torch::Tensor VqganTrainer::reconstruct(const torch::Tensor& films) const {
  const torch::NoGradGuard no_grad;
  const Codebook codes(averaged_.at(kCodes));
  const auto vectors = averaged_.before_codes(averaged_.encode(films));
  return averaged_.decode(codes.quantize(vectors).codes);
}

VqganQuality VqganTrainer::validate(const torch::Tensor& pixels, std::int64_t films) const {
  const torch::NoGradGuard no_grad;
  const Codebook codes(averaged_.at(kCodes));
  const auto count = std::min(films, pixels.size(0));
  VqganQuality quality{.films = count};
  auto used = torch::zeros({recipe_.network.n_embed}, torch::kBool);
  for (std::int64_t from = 0; from < count; from += kBatch) {
    const auto batch = whole_films(pixels, from, std::min(kBatch, count - from), device_);
    const auto quantized = codes.quantize(averaged_.before_codes(averaged_.encode(batch)));
    const auto made = averaged_.decode(quantized.codes);
    quality.psnr += psnr(made, batch).sum().item<double>();
    quality.ssim += ssim(made, batch).sum().item<double>();
    used.index_fill_(0, quantized.indices.to(torch::kCPU), true);
  }
  quality.psnr /= static_cast<double>(count);
  quality.ssim /= static_cast<double>(count);
  quality.codebook_use = used.to(torch::kFloat64).mean().item<double>();
  return quality;
}

tensor::TensorFile VqganTrainer::weights() const {
  auto file = to_file(averaged_.parameters());
  file.metadata = {{"trained", "true"}};
  return file;
}

Status VqganTrainer::save(const std::filesystem::path& folder) const {
  tensor::TensorFile file;
  put(file, "network/", network_.parameters());
  put(file, "averaged/", averaged_.parameters());
  file.tensors.emplace("codebook/counts", to_array(codebook_.counts()));
  file.tensors.emplace("codebook/sums", to_array(codebook_.sums()));
  file.tensors.emplace("minutes", tensor::Tensor{{1}, {static_cast<float>(minutes_)}});
  if (adversary_) put(file, kAdversaryPrefix, adversary_->parameters());
  file.metadata = {{"step", std::to_string(step_)}};
  VEILRAY_CHECK_OK(tensor::save_safetensors(folder / kStateFile, file));
  if (adversary_) {
    VEILRAY_CHECK_OK(save_optimizer(folder / kAdversaryFile, adversary_->optimizer()));
  }
  return save_optimizer(folder / kOptimizerFile, optimizer_);
}

Status VqganTrainer::load(const std::filesystem::path& folder) {
  VEILRAY_TRY(file, tensor::load_safetensors(folder / kStateFile));
  VEILRAY_CHECK_OK(check_opponent(file, adversary_.has_value()));
  VEILRAY_CHECK_OK(take_values(file, "network/", network_.parameters()));
  VEILRAY_CHECK_OK(take_values(file, "averaged/", averaged_.parameters()));
  VEILRAY_CHECK_OK(take_values(file, "codebook/counts", codebook_.counts()));
  VEILRAY_CHECK_OK(take_values(file, "codebook/sums", codebook_.sums()));
  auto minutes = torch::zeros({1});
  VEILRAY_CHECK_OK(take_values(file, "minutes", minutes));
  VEILRAY_CHECK_OK(load_optimizer(folder / kOptimizerFile, optimizer_));
  if (adversary_) {
    VEILRAY_CHECK_OK(take_values(file, kAdversaryPrefix, adversary_->parameters()));
    VEILRAY_CHECK_OK(load_optimizer(folder / kAdversaryFile, adversary_->optimizer()));
  }
  minutes_ = minutes.item<double>();
  step_ = std::strtoll(file.metadata["step"].c_str(), nullptr, 10);
  return Done{};
}

}  // namespace veilray::train
