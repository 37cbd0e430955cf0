#include "plan/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

namespace veilray::plan {
namespace {

using Kind = ValueType::Kind;
/// What is wrong, or nothing.
using Complaint = std::optional<std::string>;

bool same_type(const ValueType& a, const ValueType& b) {
  return a.kind == b.kind && a.degree == b.degree && a.level == b.level &&
         ckks::same_scale(a.scale, b.scale);
}

/// Checks step by step; `made_` counts the values that exist so far.
class Verifier {
 public:
  Verifier(const Program& program, const ckks::Params& params, const KeyList& keys)
      : program_(program), params_(params), keys_(keys) {}

  Complaint step(const Step& step) {
    if (step.first.value != made_ || step.results == 0 ||
        step.results > program_.values.size() - made_)
      return "its results are not the next values";
    for (const ValueId id : operands(step.operation)) {
      if (id.value >= made_) return "it reads a value that is not there yet";
    }
    const auto made = std::visit([&](const auto& op) { return check(step, op); }, step.operation);
    if (const auto* complaint = std::get_if<std::string>(&made)) return *complaint;
    for (std::uint32_t r = 0; r < step.results; ++r)
      if (!same_type(program_.values[made_ + r], std::get<ValueType>(made)))
        return "its result is of another level, scale or degree than it says";
    made_ += step.results;
    return fits(std::get<ValueType>(made));
  }

  Complaint end() const {
    if (made_ != program_.values.size()) return "there are values that no step makes";
    if (inputs_.size() != program_.inputs) return "inputs are missing";
    if (program_.outputs.empty()) return "there is no output";
    for (const ValueId id : program_.outputs)
      if (id.value >= made_ || type(id).kind != Kind::kCiphertext || type(id).degree != 1)
        return "an output is no ciphertext of degree 1";
    return std::nullopt;
  }

 private:
  using Made = std::variant<ValueType, std::string>;

  const ValueType& type(ValueId id) const { return program_.values[id.value]; }

  Complaint fits(const ValueType& made) const {
    if (made.level > params_.max_level()) return "its level is beyond the modulus chain";
    const double scale = made.scale.value;
    if (!(scale >= 1) || !(std::log2(scale) < params_.log_q(made.level)))
      return "its scale does not fit the modulus";
    return std::nullopt;
  }

  /// The type that all `ids` share.
  Made alike(const std::vector<ValueId>& ids, std::uint32_t degree = 1) const {
    if (ids.empty()) return "it has no operands";
    for (const ValueId id : ids) {
      if (type(id).kind != Kind::kCiphertext || type(id).degree != degree)
        return "an operand is of the wrong kind or degree";
      if (!same_type(type(id), type(ids.front())))
        return "its operands are at different levels or scales";
    }
    return type(ids.front());
  }

  Made single(const Step& step, const Made& made) const {
    if (step.results != 1) return "it has more than one result";
    return made;
  }

  bool has_key(std::uint32_t step, ckks::Level level) const {
    const auto at = std::lower_bound(keys_.rotations.begin(), keys_.rotations.end(), step,
                                     [](const auto& key, std::uint32_t s) { return key.step < s; });
    return at != keys_.rotations.end() && at->step == step && at->level >= level;
  }

  Made check(const Step& step, const op::Input& op) {
    if (op.index >= program_.inputs || !inputs_.insert(op.index).second)
      return "it is an input that there is not, or twice";
    const ValueType& made = program_.values[made_];
    if (made.kind != Kind::kCiphertext || made.degree != 1 || made.level != params_.max_level())
      return "an input is no fresh ciphertext";
    return single(step, made);
  }
  Made check(const Step& step, const op::Hoist& op) {
    Made made = single(step, alike({op.in}));
    if (auto* hoisted = std::get_if<ValueType>(&made)) {
      hoisted->kind = Kind::kHoisted;
      hoisted_from_[step.first] = op.in;
    }
    return made;
  }
  Made check(const Step& step, const op::RotateHoisted& op) const {
    const auto from = hoisted_from_.find(op.hoisted);
    if (from == hoisted_from_.end() || from->second != op.in)
      return "it is given the digits of something else";
    if (op.step == 0 || op.step >= params_.slots()) return "it rotates by an impossible step";
    if (!has_key(op.step, type(op.in).level)) return "it needs a rotation key that is not listed";
    return single(step, alike({op.in}));
  }
  Made check(const Step& step, const op::ProductSums& op) const {
    if (op.layer >= program_.layers.size()) return "there is no such layer";
    const LinearLayer& layer = program_.layers[op.layer];
    if (op.inputs.size() != layer.babies.size() || step.results != layer.giants.size())
      return "it has not one operand a baby step and one result a giant step";
    if (const auto complaint = check_terms(layer)) return *complaint;
    Made made = alike(op.inputs);
    if (auto* sum = std::get_if<ValueType>(&made)) sum->scale.value *= op.plain_scale.value;
    return made;
  }
  Made check(const Step& step, const op::RotateSum& op) const {
    if (op.steps.size() != op.inputs.size()) return "it has not one step an operand";
    Made made = single(step, alike(op.inputs));
    for (std::size_t k = 0; k < op.steps.size(); ++k) {
      if (op.steps[k] >= params_.slots()) return "it rotates by an impossible step";
      if (op.steps[k] != 0 && !has_key(op.steps[k], type(op.inputs[k]).level))
        return "it needs a rotation key that is not listed";
    }
    return made;
  }
  Made check(const Step& step, const op::Add& op) const { return single(step, alike(op.inputs)); }
  Made check(const Step& step, const op::AddBias& op) const {
    if (op.layer >= program_.layers.size()) return "there is no such layer";
    const SlotMatrix& matrix = program_.layers[op.layer].matrix;
    if (op.out >= matrix.out.ciphertexts() || matrix.op.bias.empty())
      return "there is no such bias";
    return single(step, alike({op.in}));
  }
  Made check(const Step& step, const op::SumOfSquares& op) const {
    Made made = single(step, alike(op.inputs));
    if (auto* square = std::get_if<ValueType>(&made)) {
      square->scale.value *= square->scale.value;
      square->degree = 2;
    }
    return made;
  }
  Made check(const Step& step, const op::Multiply& op) const {
    Made a = alike({op.a}), b = alike({op.b});
    const auto *left = std::get_if<ValueType>(&a), *right = std::get_if<ValueType>(&b);
    if (left == nullptr) return a;
    if (right == nullptr) return b;
    if (left->level != right->level) return "its factors are at different levels";
    ValueType product = *left;
    product.scale.value *= right->scale.value;
    product.degree = 2;
    return single(step, product);
  }
  Made check(const Step& step, const op::DropToLevel& op) const {
    Made made = single(step, alike({op.in}));
    if (auto* dropped = std::get_if<ValueType>(&made)) {
      if (dropped->level <= op.level) return "it drops to a level that is not below";
      dropped->level = op.level;
    }
    return made;
  }
  Made check(const Step& step, const op::Relinearize& op) const {
    if (type(op.in).level > keys_.relinearization) return "its relinearisation key is too low";
    Made made = single(step, alike({op.in}, 2));
    if (auto* linear = std::get_if<ValueType>(&made)) linear->degree = 1;
    return made;
  }
  Made check(const Step& step, const op::Rescale& op) const {
    Made made = single(step, alike({op.in}));
    if (auto* lower = std::get_if<ValueType>(&made)) {
      if (lower->level.value == 0) return "there is no level left";
      lower->scale.value /= params_.prime(lower->level);
      --lower->level.value;
    }
    return made;
  }
  Made check(const Step& step, const op::MultiplyInteger& op) const {
    Made made = single(step, alike({op.in}));
    if (auto* product = std::get_if<ValueType>(&made)) product->scale.value *= op.scale.value;
    return made;
  }
  Made check(const Step& step, const op::AddConstant& op) const {
    if (!std::isfinite(op.value)) return "its constant is not finite";
    return single(step, alike({op.in}));
  }

  static Complaint check_terms(const LinearLayer& layer) {
    std::set<std::pair<std::uint32_t, std::uint32_t>> cells;
    std::set<std::uint32_t> giants;
    for (const auto& term : layer.terms) {
      if (term.giant >= layer.giants.size() || term.baby >= layer.babies.size() ||
          !cells.insert({term.giant, term.baby}).second)
        return "its layer names a product twice, or one that there is not";
      giants.insert(term.giant);
    }
    if (giants.size() != layer.giants.size()) return "its layer has a sum of nothing";
    return std::nullopt;
  }

  const Program& program_;
  const ckks::Params& params_;
  const KeyList& keys_;
  std::uint32_t made_ = 0;
  std::set<std::uint32_t> inputs_;
  std::map<ValueId, ValueId> hoisted_from_;
};

}  // namespace

Status verify(const Program& program, const ckks::Params& params, const KeyList& keys) {
  const auto wrong = [](const std::string& what, std::string where) {
    return Failure{ErrorCode::kMalformed, fmt::format("the program is wrong: {}", what),
                   std::move(where), "compile the model again"};
  };
  Verifier verifier(program, params, keys);
  for (std::size_t s = 0; s < program.steps.size(); ++s)
    if (const auto complaint = verifier.step(program.steps[s]))
      return wrong(*complaint, fmt::format("step {} ({})", s, op_name(program.steps[s].operation)));
  if (const auto complaint = verifier.end()) return wrong(*complaint, "the end");
  return Done{};
}

}  // namespace veilray::plan
