#pragma once
// A chest film that nobody has to own: simple solids, projected by Beer-Lambert.
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

#include "vision/image.h"

namespace veilray::vision {

enum class Finding : std::uint8_t {
  kCardiomegaly,
  kEffusion,
  kPneumothorax,
  kNodule,
  kConsolidation,
  kDevice,
};

/// The name as `veilray phantom --finding` takes it, and back.
std::string_view finding_name(Finding finding) noexcept;
std::optional<Finding> parse_finding(std::string_view name) noexcept;

/// For a film of a drawn dataset: each finding with a chance of three in ten, the same for the same
/// seed.
std::set<Finding> draw_findings(std::uint64_t seed);

struct PhantomOptions {
  std::uint64_t seed = 0;  // varies anatomy and noise
  std::set<Finding> findings = {};
  std::uint32_t side = 1024;      // in [kMinSide, 4096]
  std::uint16_t max_value = 255;  // 255 or 65535
};

/// A frontal film, bone white, air black. The same options give the same film.
/// Throws: Error{kInvalidArgument} for a side or max_value outside the ranges above.
Image draw_phantom(const PhantomOptions& options);

}  // namespace veilray::vision
