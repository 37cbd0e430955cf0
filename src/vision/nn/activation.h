#pragma once
// How a feature map lies in memory between layers: channels in blocks of 16 (8 without AVX-512),
// [channels / block][height][width][block], the layout oneDNN's convolutions are fastest on.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/aligned.h"

namespace veilray::vision::nn {

/// Width of a channel block on this CPU, 16 or 8.
std::int64_t block_channels();

struct Extent {
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;

  std::int64_t positions() const { return height * width; }
  std::size_t size() const { return static_cast<std::size_t>(channels * positions()); }
  friend bool operator==(const Extent&, const Extent&) = default;
};

/// A feature map in blocked layout. channels is a multiple of block_channels(): every norm has 32
/// groups, so every map between layers has a multiple of 32.
struct FeatureMap {
  Extent extent;
  AlignedVector<float> data;

  /// Takes a new extent; keeps the memory where it is large enough. Values are unspecified after.
  void reset(const Extent& to) {
    extent = to;
    if (data.size() < to.size()) {
      data.clear();  // nothing worth copying
      data.resize(to.size());
    }
  }
  float* block(std::int64_t index) {
    return data.data() + index * extent.positions() * block_channels();
  }
  const float* block(std::int64_t index) const {
    return data.data() + index * extent.positions() * block_channels();
  }
  std::int64_t blocks() const { return extent.channels / block_channels(); }
};

/// [channels][height][width] to blocked, and back.
void pack(std::span<const float> planar, const Extent& extent, FeatureMap& out);
void unpack(const FeatureMap& map, std::span<float> planar);

/// Blocked to one row of `channels` values per position, and the inverse, added: map += rows.
void to_rows(const FeatureMap& map, std::span<float> rows);
void add_rows(std::span<const float> rows, FeatureMap& map);

}  // namespace veilray::vision::nn
