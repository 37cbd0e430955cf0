#pragma once
// From attenuation to a film: Beer-Lambert, scatter, quantum noise, the film's curve.
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "vision/image.h"
#include "vision/phantom/geometry.h"
#include "vision/phantom/random.h"

namespace veilray::vision::phantom {

/// Attenuation (the exponent of Beer-Lambert) on a square grid.
class AttenuationMap {
 public:
  explicit AttenuationMap(std::uint32_t side);

  std::uint32_t side() const noexcept { return side_; }
  const std::vector<float>& values() const noexcept { return values_; }
  Point point(std::uint32_t column, std::uint32_t row) const;

  void add(const std::function<double(Point)>& attenuation);
  /// Where tubes of one call cross, the thickest counts; `weight` scales them from place to place.
  void add_tubes(std::span<const Tube> tubes, const std::function<double(Point)>& weight);

 private:
  void nearest_distances(const Tube& tube);

  std::uint32_t side_;
  std::vector<float> values_;
  std::vector<float> distances_;  // scratch of add_tubes: to the tube at hand
  std::vector<std::uint32_t> touched_;
};

Image expose(const AttenuationMap& map, std::uint16_t max_value, Dice& dice);

}  // namespace veilray::vision::phantom
