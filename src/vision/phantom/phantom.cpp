#include "vision/phantom.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "vision/phantom/anatomy.h"
#include "vision/phantom/bones.h"
#include "vision/phantom/film.h"
#include "vision/phantom/tissue.h"

namespace veilray::vision {
namespace {

constexpr std::array<std::string_view, 6> kNames = {"cardiomegaly", "effusion",      "pneumothorax",
                                                    "nodule",       "consolidation", "device"};
constexpr double kFindingRate = 0.3;  // in a drawn dataset
constexpr double kWaterPerCm = 0.19;
constexpr std::uint32_t kLargestSide = 4096;

enum Stream : std::uint32_t { kRibs = 1, kShoulders, kVessels, kGrain, kFindings };

void add_bones(phantom::AttenuationMap& map, const phantom::Anatomy& anatomy, std::uint64_t seed) {
  const auto plain = [](phantom::Point) { return 1.0; };
  phantom::Dice rib_dice(seed, kRibs);
  phantom::Dice shoulder_dice(seed, kShoulders);
  const auto cage = phantom::rib_cage(anatomy, rib_dice);
  map.add_tubes(cage.behind, plain);
  map.add_tubes(cage.in_front,
                [](phantom::Point at) { return phantom::smooth_step(0.22, 0.58, std::abs(at.x)); });
  map.add_tubes(phantom::clavicles_and_arms(shoulder_dice), plain);
  map.add_tubes(phantom::leads(anatomy), plain);
  map.add_tubes(phantom::side_marker(), plain);
}

void add_vessels(phantom::AttenuationMap& map, const phantom::Anatomy& anatomy,
                 std::uint64_t seed) {
  phantom::Dice dice(seed, kVessels);
  map.add_tubes(phantom::lung_vessels(anatomy, dice),
                [&](phantom::Point at) { return phantom::aeration(anatomy, at); });
}

}  // namespace

std::string_view finding_name(Finding finding) noexcept {
  return kNames[static_cast<std::size_t>(finding)];
}

std::optional<Finding> parse_finding(std::string_view name) noexcept {
  const auto* found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Finding>(found - kNames.begin());
}

std::set<Finding> draw_findings(std::uint64_t seed) {
  phantom::Dice dice(seed, kFindings);
  std::set<Finding> findings;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (dice.uniform(0, 1) < kFindingRate) findings.insert(static_cast<Finding>(i));
  }
  return findings;
}

Image draw_phantom(const PhantomOptions& options) {
  if (options.side < kMinSide || options.side > kLargestSide) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("a phantom has {} to {} pixels a side", kMinSide, kLargestSide));
  }
  if (options.max_value != 255 && options.max_value != 65535) {
    throw Error(ErrorCode::kInvalidArgument, "a phantom has 8 or 16 bits");
  }
  const auto anatomy = phantom::draw_anatomy(options.seed, options.findings);
  phantom::AttenuationMap map(options.side);
  map.add([&](phantom::Point at) {
    return kWaterPerCm * phantom::water_cm(anatomy, at) + phantom::spine_attenuation(at) +
           phantom::shoulder_blade_attenuation(at) + phantom::device_attenuation(anatomy, at);
  });
  add_vessels(map, anatomy, options.seed);
  add_bones(map, anatomy, options.seed);
  phantom::Dice dice(options.seed, kGrain);
  return phantom::expose(map, options.max_value, dice);
}

}  // namespace veilray::vision
