#include "ckks/key_switch.h"

#include <algorithm>
#include <utility>

#include "math/kernels/table.h"
#include "ring/basis.h"
#include "ring/convert.h"
#include "ring/decompose.h"

namespace veilray::ckks {
namespace {

using Limb = std::span<std::uint32_t>;

/// Where the digits come from, one limb of the extended basis at a time.
class DigitSource {
 public:
  virtual ~DigitSource() = default;
  virtual Level level() const = 0;
  /// Digit `digit`, transformed; valid until the next call for the same digit.
  virtual const std::uint32_t* limb(std::uint32_t digit, std::uint32_t limb) = 0;
};

class Hoisted final : public DigitSource {
 public:
  explicit Hoisted(const Decomposition& decomposition) : decomposition_(decomposition) {}
  Level level() const override { return decomposition_.level; }
  const std::uint32_t* limb(std::uint32_t digit, std::uint32_t limb) override {
    return decomposition_.digits[digit].limb(limb).data();
  }

 private:
  const Decomposition& decomposition_;
};

/// Raises each limb just before it is used, so that it is still in cache.
class RaisedOnDemand final : public DigitSource {
 public:
  RaisedOnDemand(const Params& params, const ring::NttPoly& poly, Workspace& workspace)
      : params_(params),
        level_{poly.shape().chain_limbs - 1},
        workspace_(workspace),
        digits_(params.basis(), poly, workspace),
        scratch_(workspace.take<ring::Domain::kNtt>({poly.n(), digits_.count(), 0})) {}
  ~RaisedOnDemand() override {
    std::move(digits_).recycle(workspace_);
    workspace_.give(std::move(scratch_));
  }
  Level level() const override { return level_; }
  const std::uint32_t* limb(std::uint32_t digit, std::uint32_t limb) override {
    const auto prime = params_.basis().prime_of(params_.extended_shape(level_), limb);
    return digits_.raise(digit, prime, scratch_.limb(digit)).data();
  }

 private:
  const Params& params_;
  Level level_;
  Workspace& workspace_;
  ring::Digits digits_;
  ring::NttPoly scratch_;
};

/// sum_d digit_d * (b_d, a_d), one limb of the extended basis at a time.
class InnerProduct {
 public:
  InnerProduct(const Params& params, DigitSource& digits, const KeySwitchKey& key)
      : params_(params),
        shape_(params.extended_shape(digits.level())),
        digits_(digits),
        key_(key),
        count_(params.dnum(digits.level())),
        pointers_(std::size_t{3} * count_) {
    if (key.level < digits.level()) {
      throw Error(ErrorCode::kLevelMismatch, "the key was made for a lower level");
    }
  }

  void operator()(std::uint32_t limb, Limb out0, Limb out1) {
    const bool in_chain = limb < shape_.chain_limbs;
    const std::uint32_t key_limb = in_chain ? limb : limb - shape_.chain_limbs + key_.level.limbs();
    const auto digit = pointers_.data(), b = digit + count_, a = b + count_;
    for (std::uint32_t d = 0; d < count_; ++d) {
      digit[d] = digits_.limb(d, limb);
      b[d] = key_.b[d].limb(key_limb).data();
      a[d] = key_.a[d].limb(key_limb).data();
    }
    const auto prime = params_.basis().prime_of(shape_, limb);
    math::kernels().inner_product_pair(out0.data(), out1.data(), digit, b, a, count_, shape_.n,
                                       params_.basis().modulus(prime));
  }

 private:
  const Params& params_;
  ring::Shape shape_;
  DigitSource& digits_;
  const KeySwitchKey& key_;
  std::uint32_t count_;
  std::vector<const std::uint32_t*> pointers_;
};

/// One limb of a polynomial, or nothing.
std::span<const std::uint32_t> limb_or_none(const ring::NttPoly* poly, std::uint32_t limb) {
  return poly == nullptr ? std::span<const std::uint32_t>{} : poly->limb(limb);
}

/// Writes one finished limb, through the automorphism if there is one.
void write_limb(Limb out, Limb value, const math::AutomorphismTable* automorphism) {
  if (automorphism == nullptr) {
    std::ranges::copy(value, out.begin());
  } else {
    math::permute(out, value, *automorphism);
  }
}

SwitchedPair switch_and_divide(const Params& params, DigitSource& digits, const KeySwitchKey& key,
                               const AfterSwitch& after, Workspace& workspace) {
  const ring::Shape shape = params.shape(digits.level());
  const ring::Shape special_shape{shape.n, 0, params.special_primes()};
  InnerProduct inner_product(params, digits, key);

  // The special limbs first: every other limb needs them.
  auto special0 = workspace.take<ring::Domain::kNtt>(special_shape);
  auto special1 = workspace.take<ring::Domain::kNtt>(special_shape);
  for (std::uint32_t s = 0; s < special_shape.special_limbs; ++s) {
    inner_product(shape.chain_limbs + s, special0.limb(s), special1.limb(s));
  }
  ring::DivideBySpecial divide0(params.basis(), std::move(special0), workspace);
  ring::DivideBySpecial divide1(params.basis(), std::move(special1), workspace);

  SwitchedPair out{workspace.take<ring::Domain::kNtt>(shape),
                   workspace.take<ring::Domain::kNtt>(shape)};
  auto buffers = workspace.take<ring::Domain::kNtt>({shape.n, 3, 0});
  const Limb sum0 = buffers.limb(0), sum1 = buffers.limb(1), scratch = buffers.limb(2);
  for (std::uint32_t i = 0; i < shape.chain_limbs; ++i) {
    inner_product(i, sum0, sum1);
    divide0.divide(i, sum0, sum0, limb_or_none(after.add_to_c0, i), scratch);
    divide1.divide(i, sum1, sum1, limb_or_none(after.add_to_c1, i), scratch);
    write_limb(out.c0.limb(i), sum0, after.automorphism);
    write_limb(out.c1.limb(i), sum1, after.automorphism);
  }
  workspace.give(std::move(buffers));
  std::move(divide0).recycle(workspace);
  std::move(divide1).recycle(workspace);
  return out;
}

/// value += P * addend, in the chain; P is zero modulo the special primes.
void add_multiple_of_p(const Params& params, Limb value, const ring::NttPoly* addend,
                       std::uint32_t limb) {
  if (addend == nullptr || limb >= addend->shape().chain_limbs) return;
  math::kernels().multiply_scalar_add(value.data(), addend->limb(limb).data(),
                                      params.basis().special_product(limb), value.data(),
                                      value.size(), params.basis().modulus(limb));
}

/// sum += value, through the automorphism if there is one.
void add_limb(Limb sum, Limb value, Limb scratch, const math::AutomorphismTable* automorphism,
              const math::Modulus& q) {
  const Limb term = automorphism == nullptr ? value : scratch;
  if (automorphism != nullptr) math::permute(scratch, value, *automorphism);
  math::kernels().add(sum.data(), sum.data(), term.data(), sum.size(), q);
}

}  // namespace

void Decomposition::recycle(Workspace& workspace) && {
  for (auto& digit : digits) workspace.give(std::move(digit));
  digits.clear();
}

Decomposition decompose(const Params& params, const ring::NttPoly& poly, Workspace& workspace) {
  const Level level{poly.shape().chain_limbs - 1};
  const ring::Shape shape = params.extended_shape(level);
  ring::Digits digits(params.basis(), poly, workspace);
  Decomposition decomposition{level, {}};
  for (std::uint32_t d = 0; d < digits.count(); ++d) {
    auto raised = workspace.take<ring::Domain::kNtt>(shape);
    for (std::uint32_t i = 0; i < shape.limbs(); ++i) {
      const Limb out = raised.limb(i);
      const auto limb = digits.raise(d, params.basis().prime_of(shape, i), out);
      if (limb.data() != out.data()) std::ranges::copy(limb, out.begin());
    }
    decomposition.digits.push_back(std::move(raised));
  }
  std::move(digits).recycle(workspace);
  return decomposition;
}

SwitchedPair key_switch(const Params& params, const ring::NttPoly& poly, const KeySwitchKey& key,
                        const AfterSwitch& after, Workspace& workspace) {
  RaisedOnDemand digits(params, poly, workspace);
  return switch_and_divide(params, digits, key, after, workspace);
}

SwitchedPair key_switch(const Params& params, const Decomposition& poly, const KeySwitchKey& key,
                        const AfterSwitch& after, Workspace& workspace) {
  Hoisted digits(poly);
  return switch_and_divide(params, digits, key, after, workspace);
}

void key_switch_onto(const Params& params, ring::NttPoly& sum0, ring::NttPoly& sum1,
                     const ring::NttPoly& poly, const KeySwitchKey& key, const AfterSwitch& after,
                     Workspace& workspace) {
  RaisedOnDemand digits(params, poly, workspace);
  InnerProduct inner_product(params, digits, key);
  const ring::Shape shape = params.extended_shape(digits.level());
  auto buffers = workspace.take<ring::Domain::kNtt>({shape.n, 3, 0});
  const Limb value0 = buffers.limb(0), value1 = buffers.limb(1), scratch = buffers.limb(2);
  for (std::uint32_t i = 0; i < shape.limbs(); ++i) {
    const math::Modulus& q = params.basis().modulus(params.basis().prime_of(shape, i));
    inner_product(i, value0, value1);
    add_multiple_of_p(params, value0, after.add_to_c0, i);
    add_multiple_of_p(params, value1, after.add_to_c1, i);
    add_limb(sum0.limb(i), value0, scratch, after.automorphism, q);
    add_limb(sum1.limb(i), value1, scratch, after.automorphism, q);
  }
  workspace.give(std::move(buffers));
}

}  // namespace veilray::ckks
