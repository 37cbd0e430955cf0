#include "vision/nn/group_norm.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "vision/nn/simd.h"
#include "vision/nn/threads.h"

namespace veilray::vision::nn {
namespace {

// A task is one channel block times this many positions: fixed, so that sums are added in the same
// order whatever the number of threads.
constexpr std::int64_t kTaskPositions = 2048;
// Sums stay in float for so many positions, then move on to double.
constexpr std::int64_t kFloatRun = 128;
constexpr std::int64_t kMaxBlock = 16;

// Sums over positions of d and d^2, where d is the distance from the channel's first value: that
// keeps the variance exact where the mean is large.
struct Moments {
  std::array<double, kMaxBlock> sum = {};
  std::array<double, kMaxBlock> square = {};
};

// out = (in - center) * scale + shift. The center is the mean rounded to float, and what the
// rounding lost is in the shift: nothing cancels where the mean is large beside the deviation.
struct Affine {
  std::vector<float> center;
  std::vector<float> scale;
  std::vector<float> shift;
};

template <int kBlock>
VEILRAY_INLINE void measure(const float* values, std::int64_t positions, const float* pivots,
                            Moments& out) {
  using Float = typename Lanes<kBlock>::Float;
  Float pivot, value;
  load(pivot, pivots);
  for (std::int64_t begin = 0; begin < positions; begin += kFloatRun) {
    const std::int64_t end = std::min(positions, begin + kFloatRun);
    Float sum = {}, square = {};
    for (std::int64_t p = begin; p < end; ++p) {
      load(value, values + p * kBlock);
      value -= pivot;
      sum += value;
      square += value * value;
    }
    for (std::size_t lane = 0; lane < kBlock; ++lane) {
      out.sum[lane] += static_cast<double>(sum[lane]);
      out.square[lane] += static_cast<double>(square[lane]);
    }
  }
}

template <int kBlock>
VEILRAY_INLINE void apply(const float* in, std::int64_t positions, const float* centers,
                          const float* scales, const float* shifts, Activation activation,
                          float* out) {
  using Float = typename Lanes<kBlock>::Float;
  Float center, scale, shift, value;
  load(center, centers);
  load(scale, scales);
  load(shift, shifts);
  if (activation == Activation::kSwish) {
    for (std::int64_t p = 0; p < positions; ++p) {
      load(value, in + p * kBlock);
      value = (value - center) * scale + shift;
      swish_lanes<kBlock>(value);
      store(out + p * kBlock, value);
    }
  } else {
    for (std::int64_t p = 0; p < positions; ++p) {
      load(value, in + p * kBlock);
      value = (value - center) * scale + shift;
      store(out + p * kBlock, value);
    }
  }
}

VEILRAY_SIMD_CLONES void measure_block(const float* values, std::int64_t positions,
                                       const float* pivots, bool wide, Moments& out) {
  if (wide) {
    measure<16>(values, positions, pivots, out);
  } else {
    measure<8>(values, positions, pivots, out);
  }
}

VEILRAY_SIMD_CLONES void apply_block(const float* in, std::int64_t positions, const float* centers,
                                     const float* scales, const float* shifts,
                                     Activation activation, bool wide, float* out) {
  if (wide) {
    apply<16>(in, positions, centers, scales, shifts, activation, out);
  } else {
    apply<8>(in, positions, centers, scales, shifts, activation, out);
  }
}

std::int64_t tasks_per_block(const FeatureMap& map) {
  return (map.extent.positions() + kTaskPositions - 1) / kTaskPositions;
}

std::vector<Moments> measure_channels(const FeatureMap& map) {
  const std::int64_t per_block = tasks_per_block(map);
  const std::int64_t width = block_channels();
  std::vector<Moments> tasks(static_cast<std::size_t>(map.blocks() * per_block));
  parallel_for(map.blocks() * per_block, [&](std::int64_t task) {
    const float* block = map.block(task / per_block);
    const std::int64_t begin = task % per_block * kTaskPositions;
    const std::int64_t count = std::min(kTaskPositions, map.extent.positions() - begin);
    measure_block(block + begin * width, count, block, width == 16,
                  tasks[static_cast<std::size_t>(task)]);
  });
  std::vector<Moments> blocks(static_cast<std::size_t>(map.blocks()));
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    Moments& to = blocks[i / static_cast<std::size_t>(per_block)];
    for (std::size_t lane = 0; lane < kMaxBlock; ++lane) {
      to.sum[lane] += tasks[i].sum[lane];
      to.square[lane] += tasks[i].square[lane];
    }
  }
  return blocks;
}

// Mean and 1 / standard deviation of channels [first, first + count), from their moments.
std::pair<double, double> group_statistics(const FeatureMap& map,
                                           const std::vector<Moments>& moments, std::int64_t first,
                                           std::int64_t count) {
  const std::int64_t width = block_channels();
  const auto positions = static_cast<double>(map.extent.positions());
  std::vector<double> means(static_cast<std::size_t>(count));
  double mean = 0.0;
  double within = 0.0;  // squared distances from the channel's own mean
  for (std::int64_t c = first; c < first + count; ++c) {
    const Moments& block = moments[static_cast<std::size_t>(c / width)];
    const auto lane = static_cast<std::size_t>(c % width);
    const double offset = block.sum[lane] / positions;
    const double channel_mean =
        static_cast<double>(map.block(c / width)[static_cast<std::size_t>(lane)]) + offset;
    means[static_cast<std::size_t>(c - first)] = channel_mean;
    mean += channel_mean / static_cast<double>(count);
    within += std::max(0.0, block.square[lane] - block.sum[lane] * offset);
  }
  double between = 0.0;
  for (const double channel_mean : means) between += (channel_mean - mean) * (channel_mean - mean);
  const double variance =
      within / (positions * static_cast<double>(count)) + between / static_cast<double>(count);
  return {mean, 1.0 / std::sqrt(variance + GroupNorm::kEpsilon)};
}

Affine fold(const FeatureMap& map, const std::vector<Moments>& moments,
            std::span<const float> weight, std::span<const float> bias) {
  const auto channels = static_cast<std::size_t>(map.extent.channels);
  const std::int64_t group = map.extent.channels / GroupNorm::kGroups;
  Affine affine{std::vector<float>(channels), std::vector<float>(channels),
                std::vector<float>(channels)};
  for (std::int64_t first = 0; first < map.extent.channels; first += group) {
    const auto [mean, inverse] = group_statistics(map, moments, first, group);
    const double lost = mean - static_cast<double>(static_cast<float>(mean));
    for (auto c = static_cast<std::size_t>(first); c < static_cast<std::size_t>(first + group);
         ++c) {
      const double scale = static_cast<double>(weight[c]) * inverse;
      affine.center[c] = static_cast<float>(mean);
      affine.scale[c] = static_cast<float>(scale);
      affine.shift[c] = static_cast<float>(static_cast<double>(bias[c]) - lost * scale);
    }
  }
  return affine;
}

}  // namespace

GroupNorm::GroupNorm(std::span<const float> weight, std::span<const float> bias)
    : weight_(weight.begin(), weight.end()), bias_(bias.begin(), bias.end()) {
  if (weight.empty() || weight.size() % kGroups != 0 || weight.size() != bias.size()) {
    throw Error(ErrorCode::kInvalidArgument, "GroupNorm needs a multiple of 32 channels");
  }
}

void GroupNorm::run(const FeatureMap& in, Activation activation, FeatureMap& out) const {
  VEILRAY_ASSERT(static_cast<std::size_t>(in.extent.channels) == weight_.size());
  const Affine affine = fold(in, measure_channels(in), weight_, bias_);
  if (&out != &in) out.reset(in.extent);
  const std::int64_t per_block = tasks_per_block(in);
  const std::int64_t width = block_channels();
  parallel_for(in.blocks() * per_block, [&](std::int64_t task) {
    const std::int64_t block = task / per_block;
    const std::int64_t begin = task % per_block * kTaskPositions;
    const std::int64_t count = std::min(kTaskPositions, in.extent.positions() - begin);
    apply_block(in.block(block) + begin * width, count, affine.center.data() + block * width,
                affine.scale.data() + block * width, affine.shift.data() + block * width,
                activation, width == 16, out.block(block) + begin * width);
  });
}

}  // namespace veilray::vision::nn
