#pragma once
// Draws the batches of a classifier's training.
#include <cstdint>
#include <span>
#include <vector>

#include "tensor/tensor.h"
#include "train/classifier_data.h"

namespace veilray::train {

struct LatentBatch {
  tensor::Tensor latents;  // [b, C, S, S]
  tensor::Tensor targets;  // [b, labels]; -1 where nothing is known
};

/// The rows of one epoch in random order, cut into batches of `batch` (the last one is smaller).
std::vector<std::vector<std::size_t>> draw_epoch(std::span<const std::size_t> rows,
                                                 std::size_t batch, std::uint64_t seed);

struct BatchChanges {
  std::int64_t shift = 0;  // positions to either side, edges repeated
  double mixup = 0.0;      // share of another film of the batch, at most
};

/// One batch: of each film a copy drawn at random, moved, and mixed with another of the batch
/// (Zhang et al., arXiv 1710.09412, with one share a film). The same seed gives the same batch. A
/// target that one of the two does not know is the other's.
LatentBatch draw_batch(const LabelledLatents& examples, std::span<const std::size_t> rows,
                       const BatchChanges& changes, std::uint64_t seed);

/// Rows of [n, ...].
tensor::Tensor take_rows(const tensor::Tensor& values, std::span<const std::size_t> rows);

}  // namespace veilray::train
