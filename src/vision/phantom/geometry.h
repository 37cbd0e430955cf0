#pragma once
// The film plane: x runs to the right of the film, y down, both from -1 to 1; lengths along the
// beam are in centimetres.
#include <algorithm>
#include <cmath>
#include <vector>

namespace veilray::vision::phantom {

struct Point {
  double x = 0;
  double y = 0;
};

/// 0 below `from`, 1 above `to`, smooth between; from > to turns it round.
inline double smooth_step(double from, double to, double value) {
  const double t = std::clamp((value - from) / (to - from), 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

/// How much of a unit sphere lies behind a point at this squared radius.
inline double chord(double radius_squared) {
  return radius_squared < 1 ? std::sqrt(1 - radius_squared) : 0.0;
}

struct Ellipse {
  Point centre;
  double radius_x = 1;
  double radius_y = 1;
  double turn = 0;  // radians, clockwise on the film

  /// Squared radius of `at`, 1 on the outline.
  double squared(Point at) const {
    const double dx = at.x - centre.x;
    const double dy = at.y - centre.y;
    const double along = dx * std::cos(turn) + dy * std::sin(turn);
    const double across = dy * std::cos(turn) - dx * std::sin(turn);
    return along * along / (radius_x * radius_x) + across * across / (radius_y * radius_y);
  }
};

/// A line of points with a thickness: rib, vessel, wire.
struct Tube {
  std::vector<Point> path = {};
  double radius = 0.02;  // on the film
  double depth_cm = 1;   // along the beam, in the middle
  double hollow = 0;     // fraction of the radius that is marrow or air
  double strength = 1;   // attenuation per centimetre
};

}  // namespace veilray::vision::phantom
