#include "vision/phantom/film.h"

#include <limits>

namespace veilray::vision::phantom {
namespace {

using Plane = std::vector<float>;

// One running-mean pass along rows, written transposed: two passes blur both ways.
Plane box_blur_transposed(const Plane& in, std::size_t side, std::size_t radius) {
  Plane out(in.size());
  for (std::size_t y = 0; y < side; ++y) {
    const auto* row = in.data() + y * side;
    const auto at = [row, side](std::ptrdiff_t x) {
      return row[std::clamp<std::ptrdiff_t>(x, 0, static_cast<std::ptrdiff_t>(side) - 1)];
    };
    const auto reach = static_cast<std::ptrdiff_t>(radius);
    double sum = 0;
    for (std::ptrdiff_t x = -reach; x <= reach; ++x) sum += at(x);
    for (std::size_t x = 0; x < side; ++x) {
      out[x * side + y] = static_cast<float>(sum / static_cast<double>(2 * radius + 1));
      const auto here = static_cast<std::ptrdiff_t>(x);
      sum += at(here + reach + 1) - at(here - reach);
    }
  }
  return out;
}

// Three box blurs are nearly a Gaussian.
Plane blur(Plane plane, std::size_t side, double radius_on_film) {
  const auto radius = static_cast<std::size_t>(radius_on_film / 2 * static_cast<double>(side));
  if (radius == 0) return plane;
  for (int pass = 0; pass < 6; ++pass) plane = box_blur_transposed(plane, side, radius);
  return plane;
}

// Grain finer than the screen's blur does not show; the variance is that of counted photons.
Plane grain(std::size_t side, Dice& dice) {
  Plane noise(side * side);
  for (auto& value : noise) value = static_cast<float>(dice.normal());
  Plane soft = box_blur_transposed(box_blur_transposed(noise, side, 1), side, 1);
  for (std::size_t i = 0; i < soft.size(); ++i) soft[i] = soft[i] * 2 + noise[i] * 0.4F;
  return soft;
}

double film_curve(double density) {
  // Fixed, so that one finding does not change the grey of another: air black, bone and abdomen
  // white.
  constexpr double kBlack = 0.95;
  constexpr double kWhite = 3.5;
  constexpr double kShoulder = 4;
  const double t = std::max((density - kBlack) / (kWhite - kBlack), 0.0);
  return t / std::pow(1 + std::pow(t, kShoulder), 1 / kShoulder);
}

}  // namespace

AttenuationMap::AttenuationMap(std::uint32_t side)
    : side_(side),
      values_(std::size_t{side} * side),
      distances_(values_.size(), std::numeric_limits<float>::infinity()) {}

Point AttenuationMap::point(std::uint32_t column, std::uint32_t row) const {
  const double pixel = 2.0 / side_;
  return {(column + 0.5) * pixel - 1, (row + 0.5) * pixel - 1};
}

void AttenuationMap::add(const std::function<double(Point)>& attenuation) {
  for (std::uint32_t y = 0; y < side_; ++y) {
    for (std::uint32_t x = 0; x < side_; ++x) {
      values_[std::size_t{y} * side_ + x] += static_cast<float>(attenuation(point(x, y)));
    }
  }
}

void AttenuationMap::nearest_distances(const Tube& tube) {
  const auto to_pixel = [this](double coordinate) {
    return static_cast<std::uint32_t>(std::clamp((coordinate + 1) / 2 * side_, 0.0, side_ - 1.0));
  };
  for (std::size_t i = 0; i + 1 < tube.path.size(); ++i) {
    const auto a = tube.path[i];
    const auto b = tube.path[i + 1];
    const double dx = b.x - a.x;
    const double dy = b.y - a.y;
    const double length_squared = std::max(dx * dx + dy * dy, 1e-12);
    const auto x_end = to_pixel(std::max(a.x, b.x) + tube.radius);
    const auto y_end = to_pixel(std::max(a.y, b.y) + tube.radius);
    for (auto y = to_pixel(std::min(a.y, b.y) - tube.radius); y <= y_end; ++y) {
      for (auto x = to_pixel(std::min(a.x, b.x) - tube.radius); x <= x_end; ++x) {
        const auto at = point(x, y);
        const double along =
            std::clamp(((at.x - a.x) * dx + (at.y - a.y) * dy) / length_squared, 0.0, 1.0);
        const auto distance =
            static_cast<float>(std::hypot(at.x - a.x - along * dx, at.y - a.y - along * dy));
        auto& nearest = distances_[std::size_t{y} * side_ + x];
        if (std::isinf(nearest)) touched_.push_back(y * side_ + x);
        nearest = std::min(nearest, distance);
      }
    }
  }
}

void AttenuationMap::add_tubes(std::span<const Tube> tubes,
                               const std::function<double(Point)>& weight) {
  std::vector<float> thickest(values_.size());
  for (const auto& tube : tubes) {
    nearest_distances(tube);
    for (const auto index : touched_) {
      const double distance =
          std::exchange(distances_[index], std::numeric_limits<float>::infinity());
      const double out = distance / tube.radius;
      const double marrow =
          tube.hollow > 0 ? 0.8 * tube.hollow * chord(std::pow(out / tube.hollow, 2)) : 0;
      const double depth = tube.depth_cm * (chord(out * out) - marrow);
      thickest[index] = std::max(thickest[index], static_cast<float>(tube.strength * depth));
    }
    touched_.clear();
  }
  for (std::uint32_t i = 0; i < values_.size(); ++i) {
    if (thickest[i] > 0) {
      values_[i] += thickest[i] * static_cast<float>(weight(point(i % side_, i / side_)));
    }
  }
}

Image expose(const AttenuationMap& map, std::uint16_t max_value, Dice& dice) {
  constexpr float kScatterFraction = 0.30F;
  constexpr double kPhotonsPerUnit = 8e4;  // at 1024 pixels a side, before the patient
  constexpr double kEdgeEnhancement = 0.35;
  const std::size_t side = map.side();

  Plane primary = map.values();
  for (auto& value : primary) value = std::exp(-value);
  const Plane scatter = blur(primary, side, 0.10);
  const Plane noise = grain(side, dice);
  const double photons = kPhotonsPerUnit;
  Plane density(primary.size());
  for (std::size_t i = 0; i < density.size(); ++i) {
    const double light = (1 - kScatterFraction) * primary[i] + kScatterFraction * scatter[i];
    const double counted = light + noise[i] * std::sqrt(light / photons);
    density[i] = static_cast<float>(-std::log(std::max(counted, 1e-5)));
  }
  const Plane soft = blur(density, side, 0.02);
  Image image{map.side(), map.side(), Photometric::kGrey, max_value};
  image.samples.reserve(density.size());
  for (std::size_t i = 0; i < density.size(); ++i) {
    const double level = film_curve(density[i] + kEdgeEnhancement * (density[i] - soft[i]));
    image.samples.push_back(
        static_cast<std::uint16_t>(std::lround(std::clamp(level, 0.0, 1.0) * max_value)));
  }
  return image;
}

}  // namespace veilray::vision::phantom
