#include "vision/phantom/bones.h"

#include <numbers>

namespace veilray::vision::phantom {
namespace {

constexpr double kBone = 0.32;  // attenuation per centimetre, beyond the tissue it replaces
constexpr double kMetal = 3.0;
constexpr double kPi = std::numbers::pi;

// A rib runs round the chest: from the spine up and out behind, then down and in before it.
Tube rib(const Lung& lung, double height, double width, double drop, bool in_front) {
  Tube tube{.radius = 0.021, .depth_cm = in_front ? 0.7 : 1.1, .hollow = 0.75, .strength = kBone};
  constexpr int kSteps = 40;
  const double from = in_front ? kPi / 2 : 0.10;
  const double to = in_front ? 0.90 * kPi : kPi / 2;
  for (int i = 0; i <= kSteps; ++i) {
    const double angle = from + (to - from) * i / kSteps;
    const double across = std::pow(std::sin(angle), 0.8);
    const double y = height + drop * (1 - std::cos(angle)) / 2 - 0.07 * std::sin(2 * angle) -
                     0.02 * std::sin(angle);
    tube.path.push_back({sign(lung.side) * width * across, y});
  }
  return tube;
}

// A branch of a vessel tree, and what grows out of it.
void grow(std::vector<Tube>& out, Point from, double angle, double length, double radius,
          Dice& dice) {
  constexpr double kWater = 0.19;
  constexpr double kThinnest = 0.0022;
  if (radius < kThinnest || length < 0.02) return;
  Tube tube{.radius = radius, .depth_cm = 42 * radius, .strength = kWater};
  Point at = from;
  constexpr int kSteps = 6;
  for (int i = 0; i <= kSteps; ++i) {
    tube.path.push_back(at);
    at.x += std::cos(angle) * length / kSteps;
    at.y += std::sin(angle) * length / kSteps;
    angle += dice.uniform(-0.12, 0.12);
  }
  const Point end = tube.path.back();
  out.push_back(std::move(tube));
  const double spread = dice.uniform(0.3, 0.6);
  grow(out, end, angle - spread, length * dice.uniform(0.65, 0.9), radius * 0.74, dice);
  grow(out, end, angle + spread * 0.8, length * dice.uniform(0.65, 0.9), radius * 0.70, dice);
}

// Through all knots without a corner (Catmull-Rom).
std::vector<Point> smooth_path(const std::vector<Point>& knots) {
  constexpr int kSteps = 10;
  const auto blend = [](double p0, double p1, double p2, double p3, double t) {
    return p1 +
           t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0))) / 2;
  };
  std::vector<Point> path;
  for (std::size_t i = 0; i + 1 < knots.size(); ++i) {
    const auto& before = knots[i == 0 ? 0 : i - 1];
    const auto& after = knots[std::min(i + 2, knots.size() - 1)];
    for (int step = 0; step < kSteps; ++step) {
      const double t = static_cast<double>(step) / kSteps;
      path.push_back({blend(before.x, knots[i].x, knots[i + 1].x, after.x, t),
                      blend(before.y, knots[i].y, knots[i + 1].y, after.y, t)});
    }
  }
  path.push_back(knots.back());
  return path;
}

}  // namespace

RibCage rib_cage(const Anatomy& anatomy, Dice& dice) {
  constexpr int kRibs = 10;
  RibCage cage;
  for (const auto& lung : anatomy.lungs) {
    const double spacing = dice.uniform(0.132, 0.140);
    for (int k = 0; k < kRibs; ++k) {
      const double height = -0.80 + spacing * k + dice.uniform(-0.006, 0.006);
      const double drop = 0.26 + 0.018 * k;
      const double width = lung.borders(height + drop / 2 - 0.02)[1] + 0.018;
      cage.behind.push_back(rib(lung, height, width, drop, false));
      if (k < kRibs - 3) cage.in_front.push_back(rib(lung, height, width, drop + 0.10, true));
    }
  }
  return cage;
}

std::vector<Tube> clavicles_and_arms(Dice& dice) {
  std::vector<Tube> tubes;
  for (const double side : {-1.0, 1.0}) {
    const double tilt = dice.uniform(-0.03, 0.03);
    Tube clavicle{.radius = 0.028, .depth_cm = 1.5, .hollow = 0.7, .strength = kBone};
    for (int i = 0; i <= 24; ++i) {
      const double t = i / 24.0;
      const double y = -0.61 - (0.14 + tilt) * t + 0.025 * std::sin(2 * kPi * t);
      clavicle.path.push_back({side * (0.09 + 0.72 * t), y});
    }
    tubes.push_back(std::move(clavicle));
    tubes.push_back({{{side * 0.95, -0.64}, {side * 0.97, -0.60}}, 0.12, 1.8, 0.6, kBone});
    tubes.push_back({{{side * 1.0, -0.58}, {side * 1.08, 0.1}}, 0.07, 1.8, 0.6, kBone});
  }
  return tubes;
}

std::vector<Tube> lung_vessels(const Anatomy& anatomy, Dice& dice) {
  std::vector<Tube> tubes;
  for (const auto& lung : anatomy.lungs) {
    const double side = sign(lung.side);
    const Point hilum{side * 0.15, lung.side == Side::kFilmLeft ? -0.06 : -0.10};
    for (const double slope : {-1.25, -0.75, -0.2, 0.35, 0.8, 1.2}) {
      const double angle = side > 0 ? slope : kPi - slope;
      grow(tubes, hilum, angle + dice.uniform(-0.15, 0.15), dice.uniform(0.15, 0.21),
           dice.uniform(0.017, 0.022), dice);
    }
  }
  return tubes;
}

std::vector<Tube> leads(const Anatomy& anatomy) {
  if (!anatomy.device) return {};
  const auto& heart = anatomy.heart;
  const Point ventricle{heart.centre.x + 0.6 * heart.radius_x,
                        heart.centre.y + 0.6 * heart.radius_y};
  const Point atrium{-0.12, heart.centre.y - 0.06};
  std::vector<Tube> tubes;
  for (const auto end : {ventricle, atrium}) {
    const Point bend{(end.x - 0.14) / 2, end.y + 0.08};
    tubes.push_back({.path = smooth_path({{0.52, -0.50},
                                          {0.36, -0.64},
                                          {0.10, -0.60},
                                          {-0.07, -0.34},
                                          {-0.11, 0.0},
                                          bend,
                                          end}),
                     .radius = 0.006,
                     .depth_cm = 0.25,
                     .strength = kMetal});
  }
  return tubes;
}

std::vector<Tube> side_marker() {
  return {{{{0.84, -0.95}, {0.84, -0.87}, {0.89, -0.87}}, 0.009, 1.5, 0, kMetal}};
}

double spine_attenuation(Point at) {
  constexpr double kPeriod = 0.118;
  const double height = std::abs(std::remainder(at.y + 0.02, kPeriod)) / kPeriod;  // 0.5 at a disc
  const double waist = 0.080 - 0.010 * smooth_step(0.45, 0.0, height);
  const double body =
      chord(std::pow(at.x / waist, 2)) * (1 - 0.55 * smooth_step(0.38, 0.46, height));
  const double endplate = 0.25 * smooth_step(0.32, 0.37, height) * smooth_step(0.43, 0.39, height) *
                          (std::abs(at.x) < waist ? 1 : 0);
  const Ellipse pedicle{{std::copysign(0.048, at.x), at.y}, 0.016, 1};
  const double pedicles = 0.35 * chord(pedicle.squared(at)) * smooth_step(0.30, 0.15, height);
  const Ellipse process{{0, 0}, 0.014, 1};
  const double spinous = 0.3 * chord(process.squared({at.x, 0})) * smooth_step(0.1, 0.3, height);
  return kBone * 1.5 * (body + endplate + pedicles + spinous);
}

double shoulder_blade_attenuation(Point at) {
  const double x = std::abs(at.x);
  const double inner = x - (0.70 + 0.10 * smooth_step(-0.2, -0.65, at.y));
  const double outer = 0.96 - 0.22 * smooth_step(-0.5, -0.12, at.y) - x;
  const double below = -0.08 - at.y;
  const double above = at.y + 0.68;
  const double inside = std::min({inner, outer, below, above});
  if (inside <= 0) return 0;
  const double rim = smooth_step(0.03, 0.008, inside);
  return kBone * smooth_step(0.0, 0.01, inside) * (0.25 + 0.5 * rim);
}

double device_attenuation(const Anatomy& anatomy, Point at) {
  if (!anatomy.device) return 0;
  constexpr double kHalf = 0.075;
  constexpr double kCorner = 0.045;
  const double dx = std::max(std::abs(at.x - 0.56) - (kHalf - kCorner), 0.0);
  const double dy = std::max(std::abs(at.y + 0.46) - (kHalf * 0.85 - kCorner), 0.0);
  return kMetal * 0.6 * smooth_step(kCorner, kCorner - 0.006, std::hypot(dx, dy));
}

}  // namespace veilray::vision::phantom
