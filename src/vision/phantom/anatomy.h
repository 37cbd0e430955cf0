#pragma once
// One patient: sizes and places drawn from the seed, and what the findings change of them.
#include <array>
#include <cstdint>
#include <optional>
#include <set>

#include "vision/phantom.h"
#include "vision/phantom/geometry.h"

namespace veilray::vision::phantom {

/// On the film: the patient's right lung is the left one.
enum class Side : std::uint8_t { kFilmLeft, kFilmRight };
inline double sign(Side side) { return side == Side::kFilmLeft ? -1.0 : 1.0; }

struct Lung {
  Side side = Side::kFilmLeft;
  double apex = -0.76;  // y of the highest point
  double base = 0.62;   // y of the costophrenic angle
  double dome = 0.36;   // y of the diaphragm's highest point
  double width = 0.78;  // |x| of the widest point
  double depth_cm = 15;

  /// x distances from the midline between which the lung lies at height y; equal where it does not.
  std::array<double, 2> borders(double y) const;
  /// y of the diaphragm at x.
  double diaphragm(double x) const;
  /// Centimetres of chest cavity along the beam.
  double depth(Point at) const;
};

struct Consolidation {
  Ellipse outline;
  std::array<double, 6> ripple;  // makes its edge uneven
};

struct Effusion {
  Side side;
  double level;  // y of the fluid in the middle of the lung
};

struct Pneumothorax {
  Side side;
  double gap;  // how far the lung has come off the wall
};

struct Anatomy {
  double body_width = 0.88;
  double body_depth_cm = 21;
  std::array<Lung, 2> lungs;
  Ellipse heart;
  double heart_depth_cm = 11;
  Ellipse aorta;

  std::optional<Ellipse> nodule;
  std::optional<Consolidation> consolidation;
  std::optional<Effusion> effusion;
  std::optional<Pneumothorax> pneumothorax;
  bool device = false;

  const Lung& lung(Side side) const { return lungs[side == Side::kFilmLeft ? 0 : 1]; }
};

Anatomy draw_anatomy(std::uint64_t seed, const std::set<Finding>& findings);

}  // namespace veilray::vision::phantom
