#include "ckks/evaluator.h"

#include <cmath>
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

Ciphertext Evaluator::relinearize(const Ciphertext& ct, const RelinearizationKey& key,
                                  Workspace& workspace) const {
  require_degree(ct, 2);
  auto switched = key_switch(params_, ct.part(2), key.key,
                             {.add_to_c0 = &ct.part(0), .add_to_c1 = &ct.part(1)}, workspace);
  return Ciphertext(std::move(switched.c0), std::move(switched.c1), ct.scale());
}

Ciphertext Evaluator::rescale(const Ciphertext& ct, Workspace& workspace) const {
  if (ct.level().value == 0) {
    throw Error(ErrorCode::kLevelMismatch, "no level is left to rescale to");
  }
  const Scale scale{ct.scale().value / params_.prime(ct.level())};
  const auto part = [&](std::uint32_t i) {
    return ring::rescale(params_.basis(), ct.part(i), workspace);
  };
  auto c0 = part(0), c1 = part(1);
  if (ct.degree() == 1) return Ciphertext(std::move(c0), std::move(c1), scale);
  return Ciphertext(std::move(c0), std::move(c1), part(2), scale);
}

Ciphertext Evaluator::drop_to_level(Ciphertext ct, Level level) const {
  if (level > ct.level()) {
    throw Error(ErrorCode::kLevelMismatch, "a ciphertext cannot be dropped to a higher level");
  }
  for (std::uint32_t i = 0; i < ct.parts(); ++i) ct.part(i).drop_to(level.limbs());
  return ct;
}

}  // namespace veilray::ckks
