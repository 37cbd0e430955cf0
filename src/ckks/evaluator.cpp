#include "ckks/evaluator.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "ckks/require.h"
#include "math/kernels/table.h"
#include "ring/arithmetic.h"
#include "ring/basis.h"
#include "ring/convert.h"
#include "ring/crt.h"

namespace veilray::ckks {
namespace {

using ring::Domain;
using ring::NttPoly;

NttPoly copy(const NttPoly& poly, Workspace& workspace) {
  auto result = workspace.take<Domain::kNtt>(poly.shape());
  for (std::uint32_t i = 0; i < poly.limbs(); ++i) {
    std::ranges::copy(poly.limb(i), result.limb(i).begin());
  }
  return result;
}

Ciphertext copy(const Ciphertext& ct, Workspace& workspace) {
  return Ciphertext(copy(ct.part(0), workspace), copy(ct.part(1), workspace), ct.scale());
}

/// round(value) modulo q.
std::uint32_t residue(const math::Modulus& q, double value) {
  std::uint32_t out = 0;
  ring::from_doubles(q, {&value, 1}, {&out, 1});
  return out;
}

/// Throws unless round(value) stands for itself at this level.
void require_fits(const Params& params, Level level, double value) {
  if (!std::isfinite(value) || std::log2(std::abs(value) + 1) >= params.log_q(level) - 1) {
    throw Error(ErrorCode::kInvalidArgument, "a constant does not fit the modulus of this level");
  }
}

}  // namespace

Ciphertext Evaluator::add(Ciphertext a, const Ciphertext& b) const {
  require_matching(a, b);
  for (std::uint32_t i = 0; i < a.parts(); ++i) {
    ring::add_to(params_.basis(), a.part(i), b.part(i));
  }
  return a;
}

Ciphertext Evaluator::sub(Ciphertext a, const Ciphertext& b) const {
  require_matching(a, b);
  for (std::uint32_t i = 0; i < a.parts(); ++i) {
    ring::subtract_from(params_.basis(), a.part(i), b.part(i));
  }
  return a;
}

Ciphertext Evaluator::negate(Ciphertext ct) const {
  for (std::uint32_t i = 0; i < ct.parts(); ++i) ring::negate(params_.basis(), ct.part(i));
  return ct;
}

Ciphertext Evaluator::add_plain(Ciphertext ct, const Plaintext& plaintext) const {
  require_plaintext(params_, ct.level(), plaintext);
  require_same_scale(ct.scale(), plaintext.scale());
  const std::uint32_t run = plaintext.run();
  for (std::uint32_t i = 0; i < ct.level().limbs(); ++i) {
    const math::Modulus& q = params_.basis().modulus(i);
    std::uint32_t* values = ct.part(0).limb(i).data();
    const auto words = plaintext.poly().limb(i);
    if (run == 1) {
      math::kernels().add(values, values, words.data(), ct.n(), q);
      continue;
    }
    for (const std::uint32_t word : words) {
      math::kernels().reduce(values, values, word, run, q);
      values += run;
    }
  }
  return ct;
}

Ciphertext Evaluator::add_constant(Ciphertext ct, double value) const {
  const double coefficient = value * ct.scale().value;
  require_fits(params_, ct.level(), coefficient);
  for (std::uint32_t i = 0; i < ct.level().limbs(); ++i) {
    const math::Modulus& q = params_.basis().modulus(i);
    std::uint32_t* values = ct.part(0).limb(i).data();
    math::kernels().reduce(values, values, residue(q, coefficient), ct.n(), q);
  }
  return ct;
}

Ciphertext Evaluator::multiply_plain(Ciphertext ct, const Plaintext& plaintext) const {
  require_plaintext(params_, ct.level(), plaintext);
  const std::uint32_t run = plaintext.run();
  for (std::uint32_t part = 0; part < ct.parts(); ++part) {
    for (std::uint32_t i = 0; i < ct.level().limbs(); ++i) {
      const math::Modulus& q = params_.basis().modulus(i);
      std::uint32_t* values = ct.part(part).limb(i).data();
      const auto words = plaintext.poly().limb(i);
      if (run == 1) {
        math::kernels().multiply(values, values, words.data(), ct.n(), q);
        continue;
      }
      for (const std::uint32_t word : words) {
        math::kernels().multiply_scalar(values, values, q.shoup(word), run, q);
        values += run;
      }
    }
  }
  ct.set_scale({ct.scale().value * plaintext.scale().value});
  return ct;
}

Ciphertext Evaluator::multiply_integer(Ciphertext ct, std::int64_t factor) const {
  for (std::uint32_t i = 0; i < ct.parts(); ++i) {
    ring::multiply_by_integer(params_.basis(), ct.part(i), factor);
  }
  return ct;
}

Ciphertext Evaluator::multiply_constant(Ciphertext ct, double value, Scale scale) const {
  const double factor = value * scale.value;
  if (!(scale.value > 0)) throw Error(ErrorCode::kInvalidArgument, "scale: must be positive");
  require_fits(params_, ct.level(), factor);
  for (std::uint32_t part = 0; part < ct.parts(); ++part) {
    for (std::uint32_t i = 0; i < ct.level().limbs(); ++i) {
      const math::Modulus& q = params_.basis().modulus(i);
      std::uint32_t* values = ct.part(part).limb(i).data();
      math::kernels().multiply_scalar(values, values, q.shoup(residue(q, factor)), ct.n(), q);
    }
  }
  ct.set_scale({ct.scale().value * scale.value});
  return ct;
}

Ciphertext Evaluator::multiply_by_i(Ciphertext ct) const {
  for (std::uint32_t i = 0; i < ct.parts(); ++i) {
    ring::multiply_by_root_of_minus_one(params_.basis(), ct.part(i));
  }
  return ct;
}

Ciphertext Evaluator::multiply(std::span<const Ciphertext* const> a,
                               std::span<const Ciphertext* const> b, Workspace& workspace) const {
  require_products(a, b);
  const ring::Shape shape = a[0]->part(0).shape();
  NttPoly out[3];
  for (auto& part : out) part = workspace.take<Domain::kNtt>(shape);
  std::vector<math::TensorTerm> terms(a.size());
  for (std::uint32_t i = 0; i < shape.limbs(); ++i) {
    for (std::size_t k = 0; k < a.size(); ++k) {
      terms[k] = {a[k]->part(0).limb(i).data(), a[k]->part(1).limb(i).data(),
                  b[k]->part(0).limb(i).data(), b[k]->part(1).limb(i).data()};
    }
    math::kernels().tensor_product(out[0].limb(i).data(), out[1].limb(i).data(),
                                   out[2].limb(i).data(), terms.data(), terms.size(), shape.n,
                                   params_.basis().modulus(i));
  }
  const Scale scale{a[0]->scale().value * b[0]->scale().value};
  return Ciphertext(std::move(out[0]), std::move(out[1]), std::move(out[2]), scale);
}

Ciphertext Evaluator::multiply(const Ciphertext& a, const Ciphertext& b,
                               Workspace& workspace) const {
  const Ciphertext* const first[] = {&a};
  const Ciphertext* const second[] = {&b};
  return multiply(first, second, workspace);
}

Ciphertext Evaluator::relinearize(Ciphertext ct, const RelinearizationKey& key,
                                  Workspace& workspace) const {
  require_degree(ct, 2);
  auto switched = key_switch(params_, ct.part(2), key.key,
                             {.add_to_c0 = &ct.part(0), .add_to_c1 = &ct.part(1)}, workspace);
  const Scale scale = ct.scale();
  std::move(ct).recycle(workspace);
  return Ciphertext(std::move(switched.c0), std::move(switched.c1), scale);
}

Ciphertext Evaluator::rescale(Ciphertext ct, Workspace& workspace) const {
  if (ct.level().value == 0) {
    throw Error(ErrorCode::kLevelMismatch, "no level is left to rescale to");
  }
  const Scale scale{ct.scale().value / params_.prime(ct.level())};
  for (std::uint32_t i = 0; i < ct.parts(); ++i) {
    ct.part(i) = ring::rescale(params_.basis(), std::move(ct.part(i)), workspace);
  }
  ct.set_scale(scale);
  return ct;
}

Ciphertext Evaluator::drop_to_level(Ciphertext ct, Level level) const {
  if (level > ct.level()) {
    throw Error(ErrorCode::kLevelMismatch, "a ciphertext cannot be dropped to a higher level");
  }
  for (std::uint32_t i = 0; i < ct.parts(); ++i) ct.part(i).drop_to(level.limbs());
  return ct;
}

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
    sum = zero(ct.level(), ct.scale(), workspace);
  } else {
    require_same_level(sum.level(), ct.level());
    require_same_scale(sum.scale(), ct.scale());
  }
  if (key == nullptr) {
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
  const Scale scale = sum.scale();
  auto c0 = ring::mod_down(params_.basis(), std::move(sum.part(0)), workspace);
  auto c1 = ring::mod_down(params_.basis(), std::move(sum.part(1)), workspace);
  return Ciphertext(std::move(c0), std::move(c1), scale);
}

}  // namespace veilray::ckks
