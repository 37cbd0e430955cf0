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

/// What becomes of the switched pair before it is written: one pass instead of three.
struct AfterSwitch {
  const ring::NttPoly* add_to_c0 = nullptr;
  const ring::NttPoly* add_to_c1 = nullptr;
  const math::AutomorphismTable* automorphism = nullptr;  // applied last
};

struct SwitchedPair {
  ring::NttPoly c0;
  ring::NttPoly c1;
};

/// (c0, c1) with c0 + c1 s = poly * s_from + small noise: the digits' inner products with the key,
/// divided by P. From `poly`, or from its decomposition: the same bits.
/// Throws: Error{kLevelMismatch} if the key's level is below the polynomial's.
SwitchedPair key_switch(const Params& params, const ring::NttPoly& poly, const KeySwitchKey& key,
                        const AfterSwitch& after, Workspace& workspace);
SwitchedPair key_switch(const Params& params, const Decomposition& poly, const KeySwitchKey& key,
                        const AfterSwitch& after, Workspace& workspace);

/// As key_switch, but over the extended basis and without the division by P (what is to be added is
/// multiplied by P), and added onto (sum0, sum1), or made to be (sum0, sum1) where they are empty.
void key_switch_onto(const Params& params, ring::NttPoly& sum0, ring::NttPoly& sum1,
                     const ring::NttPoly& poly, const KeySwitchKey& key, const AfterSwitch& after,
                     Workspace& workspace);

}  // namespace veilray::ckks
