#include "ckks/key_switch.h"

#include <algorithm>
#include <array>
#include <utility>

#include "math/kernels/table.h"
#include "ring/basis.h"
#include "ring/convert.h"
#include "ring/decompose.h"

namespace veilray::ckks {
namespace {

using ring::kLimbGroup;
using ring::Limb;
using ring::LimbGroup;
using ring::Limbs;
using ring::limbs_of;

/// Where the digits come from, a group of limbs of the extended basis at a time. Read by many
/// threads at once.
class DigitSource {
 public:
  virtual ~DigitSource() = default;
  virtual Level level() const = 0;
  /// Limbs that `limbs` needs for one digit of `group`.
  virtual std::uint32_t scratch_limbs(LimbGroup group) const = 0;
  /// limbs[k] = digit `digit`, transformed, of limb group.first + k; in `scratch` or elsewhere.
  virtual void limbs(std::uint32_t digit, LimbGroup group, const Limbs& scratch,
                     std::span<const std::uint32_t*> limbs) const = 0;
};

class Hoisted final : public DigitSource {
 public:
  explicit Hoisted(const Decomposition& decomposition) : decomposition_(decomposition) {}
  Level level() const override { return decomposition_.level; }
  std::uint32_t scratch_limbs(LimbGroup) const override { return 0; }
  void limbs(std::uint32_t digit, LimbGroup group, const Limbs&,
             std::span<const std::uint32_t*> limbs) const override {
    for (std::uint32_t k = 0; k < group.count; ++k)
      limbs[k] = decomposition_.digits[digit].limb(group.first + k).data();
  }

 private:
  const Decomposition& decomposition_;
};

/// Raises limbs just before they are used, so that they are still in cache.
class RaisedOnDemand final : public DigitSource {
 public:
  RaisedOnDemand(const Params& params, const ring::NttPoly& poly, Workspace& workspace)
      : basis_(params.basis()),
        level_{poly.shape().chain_limbs - 1},
        shape_(params.extended_shape(level_)),
        workspace_(workspace),
        digits_(basis_, poly, workspace) {}
  ~RaisedOnDemand() override { std::move(digits_).recycle(workspace_); }
  Level level() const override { return level_; }
  std::uint32_t count() const { return digits_.count(); }
  std::uint32_t scratch_limbs(LimbGroup group) const override { return group.count; }
  void limbs(std::uint32_t digit, LimbGroup group, const Limbs& scratch,
             std::span<const std::uint32_t*> limbs) const override {
    std::array<std::uint32_t, kLimbGroup> primes;
    for (std::uint32_t k = 0; k < group.count; ++k)
      primes[k] = basis_.prime_of(shape_, group.first + k);
    digits_.raise(digit, std::span(primes).first(group.count), scratch, limbs);
  }

 private:
  const ring::Basis& basis_;
  Level level_;
  ring::Shape shape_;
  Workspace& workspace_;
  ring::Digits digits_;
};

/// sum_d digit_d * (b_d, a_d), a group of limbs of the extended basis at a time.
class InnerProduct {
 public:
  InnerProduct(const Params& params, const DigitSource& digits, const KeySwitchKey& key)
      : params_(params),
        shape_(params.extended_shape(digits.level())),
        digits_(digits),
        key_(key),
        count_(params.dnum(digits.level())) {
    if (key.level < digits.level()) {
      throw Error(ErrorCode::kLevelMismatch, "the key was made for a lower level");
    }
  }

  void operator()(LimbGroup group, const Limbs& out0, const Limbs& out1,
                  Workspace& workspace) const {
    const std::uint32_t each = digits_.scratch_limbs(group);
    auto memory = workspace.take<ring::Domain::kNtt>({shape_.n, count_ * each, 0});
    std::vector<const std::uint32_t*> digit(std::size_t{count_} * kLimbGroup);
    for (std::uint32_t d = 0; d < count_; ++d)
      digits_.limbs(d, group, limbs_of(memory, {d * each, each}),
                    std::span(digit).subspan(std::size_t{d} * kLimbGroup, kLimbGroup));
    for (std::uint32_t k = 0; k < group.count; ++k) add_up(group.first + k, digit, k, out0, out1);
    workspace.give(std::move(memory));
  }

 private:
  void add_up(std::uint32_t limb, std::span<const std::uint32_t* const> digit, std::uint32_t k,
              const Limbs& out0, const Limbs& out1) const {
    const bool in_chain = limb < shape_.chain_limbs;
    const std::uint32_t key_limb = in_chain ? limb : limb - shape_.chain_limbs + key_.level.limbs();
    std::vector<const std::uint32_t*> pointers(std::size_t{3} * count_);
    const auto x = pointers.data(), b = x + count_, a = b + count_;
    for (std::uint32_t d = 0; d < count_; ++d) {
      x[d] = digit[std::size_t{d} * kLimbGroup + k];
      b[d] = key_.b[d].limb(key_limb).data();
      a[d] = key_.a[d].limb(key_limb).data();
    }
    const auto prime = params_.basis().prime_of(shape_, limb);
    math::kernels().inner_product_pair(out0[k].data(), out1[k].data(), x, b, a, count_, shape_.n,
                                       params_.basis().modulus(prime));
  }

  const Params& params_;
  ring::Shape shape_;
  const DigitSource& digits_;
  const KeySwitchKey& key_;
  std::uint32_t count_;
};

/// Writes one finished limb, through the automorphism if there is one.
void write_limb(Limb out, Limb value, const math::AutomorphismTable* automorphism) {
  if (automorphism == nullptr) {
    std::ranges::copy(value, out.begin());
  } else {
    math::permute(out, value, *automorphism);
  }
}

/// The special limbs of the inner products, which every other limb needs, made ready to divide by.
struct Remainders {
  ring::NttPoly c0, c1;

  Remainders(const InnerProduct& inner_product, const ring::Shape& extended, Workspace& workspace)
      : c0(workspace.take<ring::Domain::kNtt>({extended.n, 0, extended.special_limbs})),
        c1(workspace.take<ring::Domain::kNtt>({extended.n, 0, extended.special_limbs})) {
    const std::uint32_t limbs = extended.special_limbs;
    workspace.for_each(ring::limb_groups(limbs), [&](std::size_t g, Workspace& own) {
      const LimbGroup group = ring::limb_group(limbs, g);
      inner_product({extended.chain_limbs + group.first, group.count}, limbs_of(c0, group),
                    limbs_of(c1, group), own);
    });
  }
};

SwitchedPair switch_and_divide(const Params& params, const DigitSource& digits,
                               const KeySwitchKey& key, const AfterSwitch& after,
                               Workspace& workspace) {
  const ring::Shape shape = params.shape(digits.level());
  const InnerProduct inner_product(params, digits, key);
  Remainders remainders(inner_product, params.extended_shape(digits.level()), workspace);
  const ring::Basis& basis = params.basis();
  ring::DivideBySpecial divide0(
      basis, ring::special_terms(basis, std::move(remainders.c0), workspace), workspace);
  ring::DivideBySpecial divide1(
      basis, ring::special_terms(basis, std::move(remainders.c1), workspace), workspace);

  SwitchedPair out{workspace.take<ring::Domain::kNtt>(shape),
                   workspace.take<ring::Domain::kNtt>(shape)};
  workspace.for_each(ring::limb_groups(shape.chain_limbs), [&](std::size_t g, Workspace& own) {
    const LimbGroup group = ring::limb_group(shape.chain_limbs, g);
    auto sums = own.take<ring::Domain::kNtt>({shape.n, 2 * group.count, 0});
    const LimbGroup first = {0, group.count}, second = {group.count, group.count};
    const Limbs sum0 = limbs_of(sums, first), sum1 = limbs_of(sums, second);
    inner_product(group, sum0, sum1, own);
    divide0.divide(group, sum0, limbs_of(std::as_const(sums), first), after.add_to_c0, own);
    divide1.divide(group, sum1, limbs_of(std::as_const(sums), second), after.add_to_c1, own);
    for (std::uint32_t k = 0; k < group.count; ++k) {
      write_limb(out.c0.limb(group.first + k), sum0[k], after.automorphism);
      write_limb(out.c1.limb(group.first + k), sum1[k], after.automorphism);
    }
    own.give(std::move(sums));
  });
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
void add_limb(Limb sum, Limb value, const math::AutomorphismTable* automorphism,
              const math::Modulus& q) {
  if (automorphism == nullptr) {
    math::kernels().add(sum.data(), sum.data(), value.data(), sum.size(), q);
  } else {
    math::kernels().permute_add(sum.data(), value.data(), automorphism->view(), q);
  }
}

}  // namespace

void Decomposition::recycle(Workspace& workspace) && {
  for (auto& digit : digits) workspace.give(std::move(digit));
  digits.clear();
}

Decomposition decompose(const Params& params, const ring::NttPoly& poly, Workspace& workspace) {
  const RaisedOnDemand source(params, poly, workspace);
  const ring::Shape shape = params.extended_shape(source.level());
  Decomposition decomposition{source.level(), {}};
  for (std::uint32_t d = 0; d < source.count(); ++d)
    decomposition.digits.push_back(workspace.take<ring::Domain::kNtt>(shape));
  const std::uint32_t groups = ring::limb_groups(shape.limbs());
  workspace.for_each(std::size_t{groups} * source.count(), [&](std::size_t task, Workspace&) {
    const auto d = static_cast<std::uint32_t>(task / groups);
    const LimbGroup group = ring::limb_group(shape.limbs(), task % groups);
    const Limbs outs = limbs_of(decomposition.digits[d], group);
    std::array<const std::uint32_t*, kLimbGroup> limbs;
    source.limbs(d, group, outs, limbs);
    for (std::uint32_t k = 0; k < group.count; ++k)
      if (limbs[k] != outs[k].data()) std::copy_n(limbs[k], shape.n, outs[k].data());
  });
  return decomposition;
}

SwitchedPair key_switch(const Params& params, const ring::NttPoly& poly, const KeySwitchKey& key,
                        const AfterSwitch& after, Workspace& workspace) {
  const RaisedOnDemand digits(params, poly, workspace);
  return switch_and_divide(params, digits, key, after, workspace);
}

SwitchedPair key_switch(const Params& params, const Decomposition& poly, const KeySwitchKey& key,
                        const AfterSwitch& after, Workspace& workspace) {
  const Hoisted digits(poly);
  return switch_and_divide(params, digits, key, after, workspace);
}

void key_switch_onto(const Params& params, ring::NttPoly& sum0, ring::NttPoly& sum1,
                     const ring::NttPoly& poly, const KeySwitchKey& key, const AfterSwitch& after,
                     Workspace& workspace) {
  const RaisedOnDemand digits(params, poly, workspace);
  const InnerProduct inner_product(params, digits, key);
  const ring::Shape shape = params.extended_shape(digits.level());
  const bool begins = sum0.empty();
  if (begins) {
    sum0 = workspace.take<ring::Domain::kNtt>(shape);
    sum1 = workspace.take<ring::Domain::kNtt>(shape);
  }
  workspace.for_each(ring::limb_groups(shape.limbs()), [&](std::size_t g, Workspace& own) {
    const LimbGroup group = ring::limb_group(shape.limbs(), g);
    auto buffers = own.take<ring::Domain::kNtt>({shape.n, 2 * group.count, 0});
    const Limbs value0 = limbs_of(buffers, {0, group.count});
    const Limbs value1 = limbs_of(buffers, {group.count, group.count});
    inner_product(group, value0, value1, own);
    for (std::uint32_t k = 0; k < group.count; ++k) {
      const std::uint32_t i = group.first + k;
      const math::Modulus& q = params.basis().modulus(params.basis().prime_of(shape, i));
      add_multiple_of_p(params, value0[k], after.add_to_c0, i);
      add_multiple_of_p(params, value1[k], after.add_to_c1, i);
      if (begins) {
        write_limb(sum0.limb(i), value0[k], after.automorphism);
        write_limb(sum1.limb(i), value1[k], after.automorphism);
      } else {
        add_limb(sum0.limb(i), value0[k], after.automorphism, q);
        add_limb(sum1.limb(i), value1[k], after.automorphism, q);
      }
    }
    own.give(std::move(buffers));
  });
}

}  // namespace veilray::ckks
