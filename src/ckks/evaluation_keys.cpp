#include "ckks/evaluation_keys.h"

#include <bit>
#include <utility>

#include "ring/basis.h"
#include "ring/sample.h"

namespace veilray::ckks {

ring::NttPoly expand_uniform(const Params& params, const ring::Shape& shape, const Seed& seed,
                             std::uint32_t stream) {
  ring::NttPoly poly(shape);
  for (std::uint32_t i = 0; i < shape.limbs(); ++i) {
    const std::uint32_t prime = params.basis().prime_of(shape, i);
    SeedExpander expander(seed, (std::uint64_t{stream} << 32) + prime);
    ring::sample_uniform(poly.limb(i), params.basis().modulus(prime), expander);
  }
  return poly;
}

void GaloisKeys::add(GaloisElement element, KeySwitchKey key) {
  const auto log_n = static_cast<std::uint32_t>(std::countr_zero(key.b.at(0).n()));
  math::AutomorphismTable table(log_n, element.value);
  keys_.insert_or_assign(element, GaloisKey{std::move(key), std::move(table)});
}

const GaloisKey* GaloisKeys::find(GaloisElement element) const noexcept {
  const auto found = keys_.find(element);
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace veilray::ckks
