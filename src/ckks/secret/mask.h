#pragma once
#include <cstdint>
#include <span>

#include "base/random.h"
#include "ckks/params.h"
#include "ring/poly.h"

namespace veilray::ckks {

/// e - a s with a fresh error e: the half of an encryption of zero that hides a message added to
/// it. `a` is uniform, of any shape; `secret` holds n transformed words for each prime of the
/// basis.
ring::NttPoly mask(const Params& params, std::span<const std::uint32_t> secret,
                   const ring::NttPoly& a, Rng& secret_rng);

}  // namespace veilray::ckks
