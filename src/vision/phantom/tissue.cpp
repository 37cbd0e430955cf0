#include "vision/phantom/tissue.h"

namespace veilray::vision::phantom {
namespace {

constexpr double kLungDensity = 0.27;  // of water
constexpr double kFullDensity = 0.97;

double body_cm(const Anatomy& anatomy, Point at) {
  const double neck = smooth_step(-0.70, -0.95, at.y);
  const double shoulders = smooth_step(-0.10, -0.60, at.y) * (1 - neck);
  const double width = anatomy.body_width + 0.50 * shoulders - 0.62 * neck;
  const double thin = 0.60 * shoulders * smooth_step(0.25, 0.75, std::abs(at.x));
  const double thick = 0.10 * smooth_step(0.3, 0.9, at.y);
  const double depth = anatomy.body_depth_cm * (1 + thick - thin - 0.40 * neck);
  const double out = std::abs(at.x) / width;
  return out < 1 ? depth * std::pow(1 - std::pow(out, 5), 0.45) : 0.0;
}

// Between the lungs: great vessels, heart, the windpipe taken out.
double mediastinum_cm(const Anatomy& anatomy, Point at) {
  const double vessels =
      12 * smooth_step(0.165, 0.10, std::abs(at.x - 0.005)) * smooth_step(-0.95, -0.5, at.y);
  const double heart = anatomy.heart_depth_cm * chord(anatomy.heart.squared(at));
  // The right atrium bulges over the spine's border.
  const Ellipse atrium{{-0.05, anatomy.heart.centre.y + 0.01}, 0.14, 0.20, 0.15};
  const Ellipse outflow{{0.10, anatomy.heart.centre.y - 0.24}, 0.12, 0.15, 0.3};
  const Ellipse hilum{{std::copysign(0.16, at.x), at.x < 0 ? -0.04 : -0.08}, 0.07, 0.13};
  const double hila = 3.5 * std::pow(chord(hilum.squared(at)), 2);
  return std::max({vessels, heart, hila, 9 * chord(atrium.squared(at)),
                   7 * chord(anatomy.aorta.squared(at)), 6 * chord(outflow.squared(at))});
}

double airways_cm(Point at) {
  const double trachea = at.y < -0.24 ? 2.6 * chord(std::pow((at.x + 0.012) / 0.045, 2)) : 0.0;
  const double along = at.y + 0.24;
  const double off = std::abs(at.x + 0.01) - 0.8 * along - 0.01;
  const double bronchi = along >= 0 && along < 0.17 ? 1.8 * chord(std::pow(off / 0.03, 2)) : 0.0;
  return std::max(trachea, bronchi);
}

double stomach_bubble_cm(const Anatomy& anatomy, Point at) {
  const double top = anatomy.lung(Side::kFilmRight).dome + 0.20;
  const Ellipse bubble{{0.40, top}, 0.15, 0.10, 0.2};
  return 4 * chord(bubble.squared(at)) * smooth_step(top + 0.09, top + 0.03, at.y);
}

double consolidated(const Consolidation& patch, Point at) {
  const double dx = at.x - patch.outline.centre.x;
  const double dy = at.y - patch.outline.centre.y;
  double uneven = 0;
  for (std::size_t i = 0; i < patch.ripple.size(); ++i) {
    const auto turns = 9.0 + 6.0 * static_cast<double>(i);
    const double angle = 1.1 * static_cast<double>(i);
    uneven += std::sin(turns * (dx * std::cos(angle) + dy * std::sin(angle)) + patch.ripple[i]);
  }
  return 0.85 * smooth_step(1.25, 0.35, std::sqrt(patch.outline.squared(at)) + 0.07 * uneven);
}

// The fluid climbs along the wall: a meniscus.
double under_fluid(const Effusion& effusion, const Lung& lung, Point at) {
  const auto [medial, lateral] = lung.borders(at.y);
  const double out = std::clamp((std::abs(at.x) - medial) / (lateral - medial), 0.0, 1.0);
  const double level = effusion.level - 0.22 * std::pow(out, 3) - 0.04 * std::pow(1 - out, 3);
  return smooth_step(level - 0.03, level + 0.03, at.y);
}

// Where the lung has come off the wall; 0 inside the lung.
double off_the_wall(const Pneumothorax& pneumothorax, const Lung& lung, Point at) {
  const double x = std::abs(at.x);
  const double gap = pneumothorax.gap * smooth_step(0.45, -0.2, at.y);
  const auto lateral = lung.borders(at.y - gap)[1] - gap;
  const double inside = std::max(lateral - x, 0.0);
  return at.y < lung.apex + gap ? 1.0 : smooth_step(0.006, 0.0, inside);
}

struct LungState {
  double density = kLungDensity;
  double aeration = 1;
};

LungState lung_state(const Anatomy& anatomy, const Lung& lung, Point at) {
  LungState state;
  if (const auto& gas = anatomy.pneumothorax; gas && gas->side == lung.side) {
    const double off = off_the_wall(*gas, lung, at);
    state.density = (kLungDensity + 0.10) * (1 - off);  // what is left is packed tighter
    state.aeration = 1 - off;
  }
  const auto fill = [&state](double amount) {
    state.density += (kFullDensity - state.density) * amount;
    state.aeration *= 1 - amount;
  };
  if (anatomy.consolidation) fill(consolidated(*anatomy.consolidation, at));
  if (const auto& fluid = anatomy.effusion; fluid && fluid->side == lung.side) {
    fill(under_fluid(*fluid, lung, at));
  }
  return state;
}

const Lung& lung_at(const Anatomy& anatomy, Point at) {
  return anatomy.lung(at.x < 0 ? Side::kFilmLeft : Side::kFilmRight);
}

}  // namespace

double water_cm(const Anatomy& anatomy, Point at) {
  const double body = body_cm(anatomy, at);
  if (body == 0) return 0;
  const auto& lung = lung_at(anatomy, at);
  const double cavity =
      std::max(std::min(lung.depth(at), body - 3) - mediastinum_cm(anatomy, at), 0.0);
  double water = body - cavity * (1 - lung_state(anatomy, lung, at).density);
  water -= airways_cm(at) + stomach_bubble_cm(anatomy, at);
  if (anatomy.nodule) {
    constexpr double kCmPerUnit = 18;
    const auto& nodule = *anatomy.nodule;
    water += 2 * nodule.radius_x * kCmPerUnit * chord(nodule.squared(at));
  }
  return std::max(water, 0.0);
}

double aeration(const Anatomy& anatomy, Point at) {
  const auto& lung = lung_at(anatomy, at);
  if (lung.depth(at) <= 0) return 0;
  return lung_state(anatomy, lung, at).aeration;
}

}  // namespace veilray::vision::phantom
