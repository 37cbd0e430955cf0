// The part of the Evaluator that applies automorphisms.
#include <algorithm>
#include <utility>

#include "ckks/evaluator.h"
#include "ckks/require.h"
#include "math/kernels/table.h"
#include "ring/arithmetic.h"
#include "ring/basis.h"
#include "ring/convert.h"

namespace veilray::ckks {

using ring::Domain;
using ring::NttPoly;

Ciphertext Evaluator::rotate(const Ciphertext& ct, RotationStep step, const GaloisKeys& keys,
                             Workspace& workspace) const {
  require_degree(ct, 1);
  const auto element = to_galois_element(step, params_.n());
  if (element == kIdentity) return copy(ct, workspace);
  return apply(ct, require_key(keys, element), workspace);
}

Ciphertext Evaluator::conjugate(const Ciphertext& ct, const GaloisKeys& keys,
                                Workspace& workspace) const {
  require_degree(ct, 1);
  return apply(ct, require_key(keys, conjugation_element(params_.n())), workspace);
}

Ciphertext Evaluator::apply(const Ciphertext& ct, const GaloisKey& key,
                            Workspace& workspace) const {
  auto switched =
      key_switch(params_, ct.part(1), key.key,
                 {.add_to_c0 = &ct.part(0), .automorphism = &key.automorphism}, workspace);
  return Ciphertext(std::move(switched.c0), std::move(switched.c1), ct.scale());
}

Decomposition Evaluator::hoist(const Ciphertext& ct, Workspace& workspace) const {
  require_degree(ct, 1);
  return decompose(params_, ct.part(1), workspace);
}

Ciphertext Evaluator::rotate_hoisted(const Ciphertext& ct, const Decomposition& hoisted,
                                     RotationStep step, const GaloisKeys& keys,
                                     Workspace& workspace) const {
  require_degree(ct, 1);
  if (hoisted.level != ct.level()) {
    throw Error(ErrorCode::kLevelMismatch, "hoisted at another level than the ciphertext's");
  }
  const auto element = to_galois_element(step, params_.n());
  if (element == kIdentity) return copy(ct, workspace);
  const GaloisKey& key = require_key(keys, element);
  auto switched =
      key_switch(params_, hoisted, key.key,
                 {.add_to_c0 = &ct.part(0), .automorphism = &key.automorphism}, workspace);
  return Ciphertext(std::move(switched.c0), std::move(switched.c1), ct.scale());
}

std::vector<Ciphertext> Evaluator::rotate_many(const Ciphertext& ct,
                                               std::span<const RotationStep> steps,
                                               const GaloisKeys& keys, Workspace& workspace) const {
  for (const RotationStep step : steps) {
    const auto element = to_galois_element(step, params_.n());
    if (element != kIdentity) require_key(keys, element);
  }
  auto hoisted = hoist(ct, workspace);
  std::vector<Ciphertext> rotated;
  rotated.reserve(steps.size());
  for (const RotationStep step : steps) {
    rotated.push_back(rotate_hoisted(ct, hoisted, step, keys, workspace));
  }
  std::move(hoisted).recycle(workspace);
  return rotated;
}

void Evaluator::rotate_accumulate(ExtendedCiphertext& sum, const Ciphertext& ct, RotationStep step,
                                  const GaloisKeys& keys, Workspace& workspace) const {
  require_degree(ct, 1);
  const auto element = to_galois_element(step, params_.n());
  const GaloisKey* key = element == kIdentity ? nullptr : &require_key(keys, element);
  if (sum.empty()) {
    sum.set_scale(ct.scale());
  } else {
    require_same_level(sum.level(), ct.level());
    require_same_scale(sum.scale(), ct.scale());
  }
  if (key == nullptr) {
    if (sum.empty()) sum = zero(ct.level(), ct.scale(), workspace);
    add_multiple_of_p(sum, ct);
  } else {
    key_switch_onto(params_, sum.part(0), sum.part(1), ct.part(1), key->key,
                    {.add_to_c0 = &ct.part(0), .automorphism = &key->automorphism}, workspace);
  }
}

ExtendedCiphertext Evaluator::zero(Level level, Scale scale, Workspace& workspace) const {
  NttPoly parts[2];
  for (auto& part : parts) {
    part = workspace.take<Domain::kNtt>(params_.extended_shape(level));
    for (std::uint32_t i = 0; i < part.limbs(); ++i) std::ranges::fill(part.limb(i), 0U);
  }
  return ExtendedCiphertext(std::move(parts[0]), std::move(parts[1]), scale);
}

void Evaluator::add_multiple_of_p(ExtendedCiphertext& sum, const Ciphertext& ct) const {
  for (std::uint32_t part = 0; part < 2; ++part) {
    for (std::uint32_t i = 0; i < ct.level().limbs(); ++i) {
      std::uint32_t* out = sum.part(part).limb(i).data();
      math::kernels().multiply_scalar_add(out, ct.part(part).limb(i).data(),
                                          params_.basis().special_product(i), out, ct.n(),
                                          params_.basis().modulus(i));
    }
  }
}

ExtendedCiphertext Evaluator::add(ExtendedCiphertext a, const ExtendedCiphertext& b) const {
  require_same_level(a.level(), b.level());
  require_same_scale(a.scale(), b.scale());
  for (std::uint32_t i = 0; i < 2; ++i) ring::add_to(params_.basis(), a.part(i), b.part(i));
  return a;
}

Ciphertext Evaluator::mod_down(ExtendedCiphertext sum, Workspace& workspace) const {
  NttPoly quotients[2];
  for (std::uint32_t part = 0; part < 2; ++part) {
    quotients[part] = ring::mod_down(params_.basis(), sum.part(part), workspace);
    workspace.give(std::move(sum.part(part)));
  }
  return Ciphertext(std::move(quotients[0]), std::move(quotients[1]), sum.scale());
}

}  // namespace veilray::ckks
