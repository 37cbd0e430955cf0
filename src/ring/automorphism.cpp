#include "ring/automorphism.h"

#include <utility>

namespace veilray::ring {

NttPoly apply_automorphism(NttPoly poly, const math::AutomorphismTable& table,
                           Workspace& workspace) {
  auto moved = workspace.take<Domain::kNtt>(poly.shape());
  for (std::uint32_t i = 0; i < poly.limbs(); ++i)
    math::permute(moved.limb(i), poly.limb(i), table);
  workspace.give(std::move(poly));
  return moved;
}

GaloisElement inverse(GaloisElement g, std::uint32_t n) noexcept {
  // Newton: each step doubles the number of right low bits, and three are right from the start.
  std::uint64_t x = g.value;
  for (int step = 0; step < 5; ++step) x *= 2 - g.value * x;
  return {x % (2 * std::uint64_t{n})};
}

}  // namespace veilray::ring
