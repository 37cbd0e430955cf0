#include "train/pixel_augmentation.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "base/hash.h"
#include "train/draw.h"

namespace veilray::train {
namespace {

/// One plane of a film, asked for between its pixels.
struct Plane {
  const float* pixels;
  std::int64_t height, width;

  float at(std::int64_t y, std::int64_t x) const {
    y = std::clamp<std::int64_t>(y, 0, height - 1);
    x = std::clamp<std::int64_t>(x, 0, width - 1);
    return pixels[y * width + x];
  }
  double bilinear(double y, double x) const {
    const double top = std::floor(y), left = std::floor(x);
    const double down = y - top, right = x - left;
    const auto row = static_cast<std::int64_t>(top), column = static_cast<std::int64_t>(left);
    const double above = (1.0 - right) * at(row, column) + right * at(row, column + 1);
    const double below = (1.0 - right) * at(row + 1, column) + right * at(row + 1, column + 1);
    return (1.0 - down) * above + down * below;
  }
};

/// Where the pixel at (y, x), counted from the centre, comes from.
struct Motion {
  double cosine, sine, mirror, move_y, move_x;

  Motion(const PixelAugmentation& amounts, double height, double width, Draw& draw) {
    const double angle = draw.within(amounts.rotation) * std::numbers::pi / 180.0;
    const double scale = 1.0 / (1.0 + draw.within(amounts.scale));
    cosine = scale * std::cos(angle);
    sine = scale * std::sin(angle);
    move_y = draw.within(amounts.shift) * height;
    move_x = draw.within(amounts.shift) * width;
    mirror = draw.unit() < amounts.flip ? -1.0 : 1.0;
  }
};

}  // namespace

tensor::Tensor augment(const tensor::Tensor& film, const PixelAugmentation& amounts,
                       std::uint64_t seed) {
  const auto height = film.shape.at(1), width = film.shape.at(2);
  const auto area = static_cast<std::size_t>(height * width);
  Draw draw(seed);
  const Motion motion(amounts, static_cast<double>(height), static_cast<double>(width), draw);
  const double contrast = 1.0 + draw.within(amounts.contrast);
  const double brightness = draw.within(amounts.brightness);
  const Plane plane{film.data.data(), height, width};
  const double middle_y = static_cast<double>(height - 1) / 2.0;
  const double middle_x = static_cast<double>(width - 1) / 2.0;

  tensor::Tensor out{film.shape, std::vector<float>(film.data.size())};
  for (std::size_t i = 0; i < area; ++i) {
    const double y = static_cast<double>(static_cast<std::int64_t>(i) / width) - middle_y;
    const double x =
        motion.mirror * (static_cast<double>(static_cast<std::int64_t>(i) % width) - middle_x);
    const double grey =
        plane.bilinear(motion.cosine * y - motion.sine * x + middle_y + motion.move_y,
                       motion.sine * y + motion.cosine * x + middle_x + motion.move_x);
    out.data[i] = static_cast<float>(std::clamp(contrast * grey + brightness, -1.0, 1.0));
  }
  for (std::size_t p = 1; p < static_cast<std::size_t>(film.shape[0]); ++p) {
    std::copy_n(out.data.begin(), area, out.data.begin() + static_cast<std::ptrdiff_t>(p * area));
  }
  return out;
}

vision::LatentSource augmented(const vision::LatentSource& source, const PixelAugmentation& amounts,
                               std::uint64_t seed, std::int64_t copy) {
  const auto key =
      fmt::format("augmented {} {} {} {} {} {} seed {} copy {}", amounts.rotation, amounts.scale,
                  amounts.shift, amounts.flip, amounts.brightness, amounts.contrast, seed, copy);
  auto changed = source;
  changed.key += " " + key;
  changed.encode = [encode = source.encode, amounts, key](const tensor::Tensor& film) {
    auto bytes = std::vector<std::byte>(std::as_bytes(std::span(film.data)).begin(),
                                        std::as_bytes(std::span(film.data)).end());
    const auto name = as_bytes(key);
    bytes.insert(bytes.end(), name.begin(), name.end());
    const auto hash = sha256(bytes);
    std::uint64_t film_seed = 0;
    std::memcpy(&film_seed, hash.data(), sizeof film_seed);
    return encode(augment(film, amounts, film_seed));
  };
  return changed;
}

}  // namespace veilray::train
