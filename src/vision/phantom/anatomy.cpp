#include "vision/phantom/anatomy.h"

#include <numbers>

#include "vision/phantom/random.h"

namespace veilray::vision::phantom {
namespace {

constexpr double kApexCentre = 0.28;
constexpr double kMedialBorder = 0.06;

// One stream of dice a finding, numbered behind the anatomy's own.
constexpr std::uint32_t kAnatomyStream = 0;
constexpr std::uint32_t stream_of(Finding finding) {
  return 100 + static_cast<std::uint32_t>(finding);
}

Lung draw_lung(Side side, Dice& dice) {
  Lung lung{side};
  const bool left = side == Side::kFilmLeft;
  lung.apex = dice.uniform(-0.79, -0.74);
  lung.width = dice.uniform(0.74, 0.80);
  // The liver pushes the patient's right half up.
  lung.dome = (left ? 0.34 : 0.40) + dice.uniform(-0.03, 0.03);
  lung.base = lung.dome + dice.uniform(0.20, 0.25);
  lung.depth_cm = dice.uniform(14, 16);
  return lung;
}

Side draw_side(Dice& dice) { return dice.coin() ? Side::kFilmLeft : Side::kFilmRight; }

// A place well inside a lung; 0 to 1 from the apex down and from the midline out.
Point inside(const Lung& lung, double down, double out) {
  const double y = lung.apex + down * (lung.dome - lung.apex);
  const auto [medial, lateral] = lung.borders(y);
  return {sign(lung.side) * (medial + out * (lateral - medial)), y};
}

Ellipse draw_nodule(const Anatomy& anatomy, Dice& dice) {
  const auto& lung = anatomy.lung(draw_side(dice));
  const double radius = dice.uniform(0.045, 0.065);
  return {inside(lung, dice.uniform(0.35, 0.65), dice.uniform(0.6, 0.75)), radius, radius};
}

Consolidation draw_consolidation(const Anatomy& anatomy, Dice& dice) {
  const auto& lung = anatomy.lung(draw_side(dice));
  Consolidation patch;
  patch.outline = {inside(lung, dice.uniform(0.65, 0.8), dice.uniform(0.6, 0.7)),
                   dice.uniform(0.18, 0.23), dice.uniform(0.13, 0.18), dice.uniform(-0.5, 0.5)};
  for (auto& phase : patch.ripple) phase = dice.uniform(0, 2 * std::numbers::pi);
  return patch;
}

void add_findings(Anatomy& anatomy, std::uint64_t seed, const std::set<Finding>& findings) {
  for (const auto finding : findings) {
    Dice dice(seed, stream_of(finding));
    switch (finding) {
      case Finding::kCardiomegaly:
        anatomy.heart.radius_x *= dice.uniform(1.45, 1.6);
        anatomy.heart.radius_y *= 1.2;
        anatomy.heart.centre.x += 0.05;
        break;
      case Finding::kEffusion:
        anatomy.effusion = Effusion{draw_side(dice), dice.uniform(0.12, 0.22)};
        break;
      case Finding::kPneumothorax:
        anatomy.pneumothorax = Pneumothorax{draw_side(dice), dice.uniform(0.12, 0.17)};
        break;
      case Finding::kNodule:
        anatomy.nodule = draw_nodule(anatomy, dice);
        break;
      case Finding::kConsolidation:
        anatomy.consolidation = draw_consolidation(anatomy, dice);
        break;
      case Finding::kDevice:
        anatomy.device = true;
        break;
    }
  }
}

}  // namespace

std::array<double, 2> Lung::borders(double y) const {
  const double down = std::clamp((y - apex) / (base - apex), 0.0, 1.0);
  const double lateral = kApexCentre + (width - kApexCentre) * std::pow(down * (2 - down), 0.55);
  const double medial =
      kApexCentre - (kApexCentre - kMedialBorder) * std::sqrt(std::min(1.0, down * 4));
  return {medial, lateral};
}

double Lung::diaphragm(double x) const {
  const double off = (std::abs(x) - 0.36) / (width - 0.36);
  // Falls to the costophrenic angle outside, hardly towards the heart.
  return dome + (off > 0 ? (base - dome) * std::pow(off, 2.8) : 0.06 * off * off);
}

double Lung::depth(Point at) const {
  const double x = at.x * sign(side);
  if (x <= 0 || at.y <= apex || at.y >= base + 0.05) return 0;
  const auto [medial, lateral] = borders(at.y);
  if (x <= medial || x >= lateral) return 0;
  const double across = 2 * (x - medial) / (lateral - medial) - 1;
  const double down = std::clamp((at.y - apex) / 0.75, 0.0, 1.0);
  const double round = std::pow(1 - across * across, 0.35) * std::pow(down * (2 - down), 0.5);
  const double under = at.y - diaphragm(at.x);
  // Behind the dome the lung reaches further down.
  const double above = smooth_step(0.006, -0.02, under) +
                       0.10 * smooth_step(0.16, 0.0, under) * smooth_step(-0.02, 0.006, under);
  return depth_cm * round * above;
}

Anatomy draw_anatomy(std::uint64_t seed, const std::set<Finding>& findings) {
  Dice dice(seed, kAnatomyStream);
  Anatomy anatomy;
  anatomy.body_width = dice.uniform(0.87, 0.92);
  anatomy.body_depth_cm = dice.uniform(20, 22);
  anatomy.lungs = {draw_lung(Side::kFilmLeft, dice), draw_lung(Side::kFilmRight, dice)};
  anatomy.heart = {{dice.uniform(0.09, 0.13), dice.uniform(0.17, 0.21)},
                   dice.uniform(0.27, 0.31),
                   dice.uniform(0.23, 0.26),
                   dice.uniform(0.5, 0.7)};
  anatomy.aorta = {{0.10, dice.uniform(-0.32, -0.27)}, 0.085, 0.09};
  add_findings(anatomy, seed, findings);
  return anatomy;
}

}  // namespace veilray::vision::phantom
