#include "plan/params_search.h"

#include <algorithm>
#include <limits>

#include "ckks/security.h"
#include "plan/depth.h"

namespace veilray::plan {
namespace {

/// A few rotations share a key.
constexpr double kKeysPerRotation = 0.25;

}  // namespace

std::optional<ckks::ParamsSpec> cheapest_spec(std::uint32_t log_n, std::uint32_t chain,
                                              const Price& price) {
  std::optional<ckks::ParamsSpec> best;
  double least = std::numeric_limits<double>::infinity();
  for (std::uint32_t special = 1; special <= chain; ++special) {
    if ((chain + special) * kPrimeBits > ckks::max_log_qp(log_n)) break;
    const ckks::ParamsSpec spec{log_n, chain, special, kPrimeBits};
    const double found = price(CostModel(spec));
    if (found < least) least = found, best = spec;
  }
  return best;
}

double stages_price(const std::vector<Stage>& stages, ckks::Level first, const CostModel& cost) {
  double price = 0;
  std::uint32_t level = first.value;
  for (const Stage& stage : stages) {
    price += cost.rotate_ms({level}) + kKeysPerRotation * cost.key_ms({level});
    level -= std::min(level, stage.levels());
  }
  return price;
}

double program_price(const Program& program, const CostModel& cost) {
  double price = cost.program_ms(program);
  for (const KeyedRotation& rotation : rotations(program)) price += cost.key_ms(rotation.level);
  return price;
}

}  // namespace veilray::plan
