#pragma once
#include <cstdint>
#include <vector>

#include "ckks/evaluation_keys.h"
#include "ckks/params.h"
#include "ckks/types.h"
#include "ring/poly.h"

namespace veilray::ckks {

/// The digits of one polynomial, each raised to the extended basis: what hoisted rotations share.
struct Decomposition {
  Level level;
  std::vector<ring::NttPoly> digits;

  void recycle(Workspace& workspace) &&;
};

/// Splits `poly` (chain limbs only) into dnum(level) digits and raises each to q_0..q_level and the
/// special primes, centred, so that the digits are as small as they can be.
/// Source: Han, Ki, eprint 2019/688; Halevi, Shoup, eprint 2018/244.
Decomposition decompose(const Params& params, const ring::NttPoly& poly, Workspace& workspace);

/// A pair over the extended basis.
struct ExtendedPair {
  ring::NttPoly c0;
  ring::NttPoly c1;
};

/// sum_d digit_d * (b_d, a_d): P times the switched polynomial, before mod_down.
/// Throws: Error{kLevelMismatch} if the key's level is below the digits'.
ExtendedPair key_inner_product(const Params& params, const Decomposition& decomposition,
                               const KeySwitchKey& key, Workspace& workspace);

}  // namespace veilray::ckks
