#pragma once
// Films in memory, and random crops out of them.
#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "base/thread_pool.h"

namespace veilray::train {

/// Preprocessed films as 8-bit grey, [n, 256, 256]: 64 KiB each.
struct FilmSet {
  torch::Tensor pixels;
  std::vector<Failure> skipped;  // one for each file that could not be read
};

/// Reads and preprocesses films as `classify` does. Files that fail are listed and skipped up to
/// the share `max_skipped` of all. Fails with kMalformed beyond, or when none is left.
Result<FilmSet> load_films(const std::vector<std::filesystem::path>& files, double max_skipped,
                           ThreadPool& pool, Progress& progress);

/// A batch of random square crops of [n, h, w], each mirrored or not: [batch, 3, side, side] in
/// [-1, 1], side at most h and w. The same `seed` draws the same batch: training that goes on from
/// a checkpoint sees what it would have seen.
torch::Tensor draw_crops(const torch::Tensor& pixels, std::int64_t batch, std::int64_t side,
                         std::uint64_t seed, torch::Device device);

/// Whole films [from, from + count), as [count, 3, h, w] in [-1, 1].
torch::Tensor whole_films(const torch::Tensor& pixels, std::int64_t from, std::int64_t count,
                          torch::Device device);

/// A seed for step `step` of the draw named `stream`, of a run with `seed`.
std::uint64_t step_seed(std::uint64_t seed, std::uint64_t stream, std::uint64_t step) noexcept;

}  // namespace veilray::train
