#include "vision/nn/activation.h"

#include <algorithm>
#include <dnnl.hpp>

#include "base/error.h"
#include "vision/nn/threads.h"

namespace veilray::vision::nn {
namespace {

int detect_block() {
  // What oneDNN will use, not what the CPU has: DNNL_MAX_CPU_ISA may say less.
  const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  const auto wide = static_cast<unsigned>(dnnl::cpu_isa::avx512_core);
  return (isa & wide) == wide ? 16 : 8;
}

}  // namespace

std::int64_t block_channels() {
  static const int block = detect_block();
  return block;
}

void pack(std::span<const float> planar, const Extent& extent, FeatureMap& out) {
  const std::int64_t width = block_channels();
  VEILRAY_ASSERT(extent.channels % width == 0 && planar.size() == extent.size());
  out.reset(extent);
  parallel_for(extent.channels, [&](std::int64_t c) {
    const float* from = planar.data() + c * extent.positions();
    float* to = out.block(c / width) + c % width;
    for (std::int64_t p = 0; p < extent.positions(); ++p) to[p * width] = from[p];
  });
}

void unpack(const FeatureMap& map, std::span<float> planar) {
  const std::int64_t width = block_channels();
  VEILRAY_ASSERT(planar.size() == map.extent.size());
  parallel_for(map.extent.channels, [&](std::int64_t c) {
    const float* from = map.block(c / width) + c % width;
    float* to = planar.data() + c * map.extent.positions();
    for (std::int64_t p = 0; p < map.extent.positions(); ++p) to[p] = from[p * width];
  });
}

void to_rows(const FeatureMap& map, std::span<float> rows) {
  const std::int64_t width = block_channels();
  VEILRAY_ASSERT(rows.size() >= map.extent.size());
  parallel_for(map.extent.positions(), [&](std::int64_t p) {
    float* to = rows.data() + p * map.extent.channels;
    for (std::int64_t b = 0; b < map.blocks(); ++b) {
      std::copy_n(map.block(b) + p * width, width, to + b * width);
    }
  });
}

void add_rows(std::span<const float> rows, FeatureMap& map) {
  const std::int64_t width = block_channels();
  VEILRAY_ASSERT(rows.size() >= map.extent.size());
  parallel_for(map.extent.positions(), [&](std::int64_t p) {
    const float* from = rows.data() + p * map.extent.channels;
    for (std::int64_t b = 0; b < map.blocks(); ++b) {
      float* to = map.block(b) + p * width;
      for (std::int64_t c = 0; c < width; ++c) to[c] += from[b * width + c];
    }
  });
}

}  // namespace veilray::vision::nn
