#include "train/films.h"

#include <ATen/ATen.h>
#include <fmt/core.h>

#include <algorithm>
#include <mutex>
#include <optional>

#include "train/draw.h"
#include "vision/preprocess.h"

namespace veilray::train {
namespace {

constexpr std::int64_t kSide = vision::kInputSide;
constexpr std::size_t kChunk = 64;  // films between two signs of progress

// Grey in 8 bits: what the films of the data sets are. Colour is averaged away.
void store(const tensor::Tensor& film, std::uint8_t* out) {
  const auto plane = static_cast<std::size_t>(kSide * kSide);
  for (std::size_t i = 0; i < plane; ++i) {
    const float mean = (film.data[i] + film.data[plane + i] + film.data[2 * plane + i]) / 3.0F;
    out[i] = static_cast<std::uint8_t>(std::clamp((mean + 1.0F) * 127.5F + 0.5F, 0.0F, 255.0F));
  }
}

torch::Tensor to_network(const torch::Tensor& grey, torch::Device device) {
  return (grey.to(device).to(torch::kFloat32) / 127.5 - 1.0)
      .unsqueeze(1)
      .expand({-1, 3, -1, -1})
      .contiguous();
}

}  // namespace

std::uint64_t step_seed(std::uint64_t seed, std::uint64_t stream, std::uint64_t step) noexcept {
  std::uint64_t z = seed * 0x9e3779b97f4a7c15 + stream * 0xd1b54a32d192ed03 + step;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;  // SplitMix64's finaliser
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

Result<FilmSet> load_films(const std::vector<std::filesystem::path>& files, double max_skipped,
                           ThreadPool& pool, Progress& progress) {
  FilmSet set;
  auto pixels =
      torch::empty({static_cast<std::int64_t>(files.size()), kSide, kSide}, torch::kUInt8);
  std::vector<std::optional<Failure>> failures(files.size());
  for (std::size_t from = 0; from < files.size(); from += kChunk) {
    progress.update("films", from, files.size());
    pool.parallel_for(std::min(kChunk, files.size() - from), [&](std::size_t i, std::size_t) {
      const std::size_t at = from + i;
      const auto film = vision::load_radiograph(files[at], {.force = true});
      if (film.ok()) {
        store(film.value(), pixels.data_ptr<std::uint8_t>() + at * kSide * kSide);
      } else {
        failures[at] = film.failure();
      }
    });
  }
  progress.update("films", files.size(), files.size());
  std::vector<std::int64_t> good;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (failures[i]) {
      set.skipped.push_back(*failures[i]);
    } else {
      good.push_back(static_cast<std::int64_t>(i));
    }
  }
  if (good.empty() ||
      static_cast<double>(set.skipped.size()) > max_skipped * static_cast<double>(files.size())) {
    return Failure{ErrorCode::kMalformed,
                   fmt::format("{} of {} films cannot be read", set.skipped.size(), files.size()),
                   set.skipped.empty() ? "" : set.skipped.front().line()};
  }
  set.pixels = set.skipped.empty() ? pixels : pixels.index_select(0, torch::tensor(good));
  return set;
}

torch::Tensor draw_crops(const torch::Tensor& pixels, std::int64_t batch, std::int64_t side,
                         std::uint64_t seed, torch::Device device) {
  Draw draw(seed);
  const auto below = [&](std::int64_t end) {
    return static_cast<std::int64_t>(draw.below(static_cast<std::size_t>(end)));
  };
  std::vector<torch::Tensor> crops;
  for (std::int64_t i = 0; i < batch; ++i) {
    const auto film = below(pixels.size(0));
    const auto y = below(pixels.size(1) - side + 1), x = below(pixels.size(2) - side + 1);
    auto crop = pixels[film].slice(0, y, y + side).slice(1, x, x + side);
    crops.push_back(below(2) == 1 ? crop.flip(1) : crop);
  }
  return to_network(at::stack(crops), device);
}

torch::Tensor whole_films(const torch::Tensor& pixels, std::int64_t from, std::int64_t count,
                          torch::Device device) {
  return to_network(pixels.slice(0, from, from + count), device);
}

}  // namespace veilray::train
