#include "train/codebook.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

namespace veilray::train {
namespace {

constexpr double kDecay = 0.99;
// A code with less than this share of an even load is dead.
constexpr double kDeadShare = 0.05;
constexpr double kTiny = 1e-5;

torch::Tensor draw_rows(const torch::Tensor& from, std::int64_t count, std::uint64_t seed) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  const auto picked =
      at::randint(0, from.size(0), {count}, generator, torch::TensorOptions().dtype(torch::kInt64));
  return from.index_select(0, picked.to(from.device()));
}

}  // namespace

torch::Tensor rows(const torch::Tensor& vectors) {
  return vectors.permute({0, 2, 3, 1}).reshape({-1, vectors.size(1)});
}

Codebook::Codebook(torch::Tensor embedding)
    : embedding_(std::move(embedding)),
      counts_(torch::zeros({embedding_.size(0)}, embedding_.options())),
      sums_(embedding_.clone()) {}

Codebook::Quantized Codebook::quantize(const torch::Tensor& vectors) const {
  const auto flat = rows(vectors.detach());
  // |x - e|^2 less |x|^2, which is the same for every code.
  const auto distances = embedding_.square().sum(1) - 2.0 * at::mm(flat, embedding_.t());
  auto indices = distances.argmin(1);
  const auto n = vectors.size(0), h = vectors.size(2), w = vectors.size(3);
  const auto nearest =
      embedding_.index_select(0, indices).reshape({n, h, w, -1}).permute({0, 3, 1, 2});
  return {vectors + (nearest - vectors).detach(), (vectors - nearest).square().mean(), indices};
}

bool Codebook::placed() const { return counts_.sum().item<double>() > 0.0; }

void Codebook::stay_here() {
  const torch::NoGradGuard no_grad;
  counts_.fill_(1.0);
  sums_.copy_(embedding_);
}

void Codebook::follow(const torch::Tensor& vectors, const torch::Tensor& indices,
                      std::uint64_t seed) {
  const torch::NoGradGuard no_grad;
  const auto flat = rows(vectors.detach());
  const double even = static_cast<double>(flat.size(0)) / static_cast<double>(counts_.size(0));
  if (!placed()) {
    sums_.copy_(draw_rows(flat, counts_.size(0), seed) * even);
    counts_.fill_(even);
  } else {
    const auto chosen =
        at::zeros_like(counts_).index_add_(0, indices, at::ones_like(indices).to(counts_));
    const auto totals = at::zeros_like(sums_).index_add_(0, indices, flat);
    counts_.mul_(kDecay).add_(chosen, 1.0 - kDecay);
    sums_.mul_(kDecay).add_(totals, 1.0 - kDecay);
    const auto dead = (counts_ < kDeadShare * even).nonzero().squeeze(1);
    if (dead.numel() > 0) {
      sums_.index_copy_(0, dead, draw_rows(flat, dead.numel(), seed) * even);
      counts_.index_fill_(0, dead, even);
    }
  }
  embedding_.copy_(sums_ / counts_.clamp_min(kTiny).unsqueeze(1));
}

}  // namespace veilray::train
