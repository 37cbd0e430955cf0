#include "train/latent_batch.h"

#include <algorithm>

#include "train/draw.h"

namespace veilray::train {
namespace {

std::size_t row_size(const tensor::Tensor& values) {
  return values.data.size() / static_cast<std::size_t>(values.shape.at(0));
}

/// Row `row` of [n, C, S, S] moved by (dy, dx), written behind `out`.
void append_moved(std::vector<float>& out, const tensor::Tensor& latents, std::size_t row,
                  std::int64_t dy, std::int64_t dx) {
  const auto channels = latents.shape[1], height = latents.shape[2], width = latents.shape[3];
  const float* plane = latents.data.data() + row * row_size(latents);
  for (std::int64_t c = 0; c < channels; ++c, plane += height * width) {
    for (std::int64_t y = 0; y < height; ++y) {
      const float* line = plane + std::clamp<std::int64_t>(y + dy, 0, height - 1) * width;
      for (std::int64_t x = 0; x < width; ++x) {
        out.push_back(line[std::clamp<std::int64_t>(x + dx, 0, width - 1)]);
      }
    }
  }
}

float mixed_target(float own, float other, float share) {
  if (own < 0.0F) return other;
  if (other < 0.0F) return own;
  return (1.0F - share) * own + share * other;
}

/// Film i of the batch takes its share from film i + 1, as that was before.
void mix(LatentBatch& batch, double most, Draw& draw) {
  const LatentBatch before = batch;
  const auto count = static_cast<std::size_t>(batch.latents.shape[0]);
  const auto size = row_size(batch.latents), labels = row_size(batch.targets);
  for (std::size_t i = 0; i < count; ++i) {
    const auto share = static_cast<float>(most * draw.unit());
    const std::size_t other = (i + 1) % count;
    for (std::size_t k = 0; k < size; ++k) {
      auto& value = batch.latents.data[i * size + k];
      value += share * (before.latents.data[other * size + k] - value);
    }
    for (std::size_t k = 0; k < labels; ++k) {
      batch.targets.data[i * labels + k] = mixed_target(
          before.targets.data[i * labels + k], before.targets.data[other * labels + k], share);
    }
  }
}

}  // namespace

std::vector<std::vector<std::size_t>> draw_epoch(std::span<const std::size_t> rows,
                                                 std::size_t batch, std::uint64_t seed) {
  std::vector<std::size_t> order(rows.begin(), rows.end());
  Draw(seed).shuffle(order);
  std::vector<std::vector<std::size_t>> batches;
  for (std::size_t from = 0; from < order.size(); from += batch) {
    const auto begin = order.begin() + static_cast<std::ptrdiff_t>(from);
    const auto count = std::min(batch, order.size() - from);
    batches.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(count));
  }
  return batches;
}

LatentBatch draw_batch(const LabelledLatents& examples, std::span<const std::size_t> rows,
                       const BatchChanges& changes, std::uint64_t seed) {
  Draw draw(seed);
  LatentBatch batch{{examples.copies.front().shape, {}}, take_rows(examples.targets, rows)};
  batch.latents.shape[0] = static_cast<std::int64_t>(rows.size());
  batch.latents.data.reserve(rows.size() * row_size(examples.copies.front()));
  for (const auto row : rows) {
    const auto& copy = examples.copies[draw.below(examples.copies.size())];
    const auto dy = draw.within(changes.shift), dx = draw.within(changes.shift);
    append_moved(batch.latents.data, copy, row, dy, dx);
  }
  if (changes.mixup > 0.0) mix(batch, changes.mixup, draw);
  return batch;
}

tensor::Tensor take_rows(const tensor::Tensor& values, std::span<const std::size_t> rows) {
  const auto size = row_size(values);
  tensor::Tensor taken{values.shape, {}};
  taken.shape[0] = static_cast<std::int64_t>(rows.size());
  taken.data.reserve(rows.size() * size);
  for (const auto row : rows) {
    const auto begin = values.data.begin() + static_cast<std::ptrdiff_t>(row * size);
    taken.data.insert(taken.data.end(), begin, begin + static_cast<std::ptrdiff_t>(size));
  }
  return taken;
}

}  // namespace veilray::train
