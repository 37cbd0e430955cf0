#pragma once
#include "base/random.h"
#include "ckks/params.h"
#include "ckks/secret/secret_key.h"
#include "ring/poly.h"

namespace veilray::ckks {

/// e - a s with a fresh error e: the half of an encryption of zero that hides a message added to
/// it. `a` is uniform, of any shape.
ring::NttPoly mask(const Params& params, const SecretKey& secret_key, const ring::NttPoly& a,
                   Rng& secret_rng);

}  // namespace veilray::ckks
