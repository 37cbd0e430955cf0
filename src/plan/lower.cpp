#include "plan/kernels/gate.h"
#include "plan/kernels/linear.h"
#include "plan/kernels/quadratic.h"
#include "plan/plan.h"

namespace veilray::plan {

Layout output_layout(std::int64_t outputs, std::uint32_t log_slots) {
  std::vector<SlotBit> bits;
  bits.reserve(log_slots);
  for (std::uint32_t b = 0; b < index_bits(outputs); ++b)
    bits.push_back({SlotBit::Kind::kAxis, {Axis::kChannel, static_cast<std::uint8_t>(b)}});
  bits.resize(log_slots, {SlotBit::Kind::kReplica, {}});
  return Layout({outputs, 1, 1}, std::move(bits), {});
}

namespace {

Packed pack_inputs(Builder& builder, const Plan& plan) {
  Packed in{plan.input, {}};
  for (std::uint32_t ct = 0; ct < plan.input.ciphertexts(); ++ct)
    in.ciphertexts.push_back(builder.input({plan.input_scale}));
  return in;
}

/// A plan comes from a file: what it says of a stage must be what the stage is.
void require_fitting(const std::vector<Stage>& stages, const Plan& plan,
                     const ckks::Params& params) {
  const auto refuse = [](const char* why) { throw Error(ErrorCode::kInvalidArgument, why); };
  if (stages.size() != plan.stages.size() || stages.empty())
    refuse("the plan belongs to another network");
  if (plan.input.shape() != stages.front().op.in_shape || plan.input.slots() != params.slots())
    refuse("the input's layout belongs to another network");
  for (std::size_t s = 0; s < stages.size(); ++s)
    if (plan.stages[s].out.shape() != stages[s].out_shape() ||
        plan.stages[s].out.slots() != params.slots())
      refuse("a stage's layout belongs to another network");
  for (std::size_t s = 0; s < stages.size(); ++s) {
    if (stages[s].folded &&
        plan.stages[s].out != output_layout(stages[s].out_shape()[0], params.log_n() - 1))
      refuse("a layout is not the one in which every slot holds a result");
    if (stages[s].gates && plan.stages[s].out != plan.stages[*stages[s].gates].out)
      refuse("a gate's layout is not that of its input");
    if (stages[s].shortcuts.size() != plan.stages[s].shortcuts.size())
      refuse("a stage has other shortcuts than the plan");
  }
}

/// Lowers stage by stage. `results_[0]` is the input, `results_[s + 1]` the result of stage s.
class Lowering {
 public:
  Lowering(const std::vector<Stage>& stages, const Plan& plan, const ckks::Params& params)
      : stages_(stages),
        plan_(plan),
        builder_(params, plan.keyed),
        results_{pack_inputs(builder_, plan)} {}

  Program run() {
    for (std::size_t s = 0; s < stages_.size(); ++s) results_.push_back(lower(s));
    return std::move(builder_).finish(std::move(results_.back().ciphertexts));
  }

 private:
  Packed lower(std::size_t s) {
    const Stage& stage = stages_[s];
    const bool rescale = s + 1 != stages_.size() || plan_.rescale_last;
    Packed out = kernels::linear(builder_, terms(stage, plan_.stages[s], rescale), rescale);
    if (stage.cubic) out = kernels::cubic(builder_, out, *stage.cubic);
    if (stage.gates) out = kernels::gate(builder_, results_.at(*stage.gates + 1), out, stage.shift);
    if (stage.activation) return kernels::quadratic(builder_, out, *stage.activation, stage.pool);
    return stage.pool == 1 ? out : kernels::sum_pool(builder_, out, stage.pool);
  }

  /// The stage's operator on the result before, and its shortcuts on what they come from, brought
  /// down to the same level. All products have one scale.
  std::vector<kernels::LinearTerm> terms(const Stage& stage, const StagePlan& chosen,
                                         bool rescale) {
    Packed in = results_.back();
    LinearOperator op = stage.op;
    if (stage.stacks_squares) {
      const double divisor = kernels::square_divisor(builder_, in);
      if (divisor != 1.0) op = undo_division(std::move(op), in.layout.shape()[0], divisor);
      in = kernels::stack_squares(builder_, in);
    }
    const ckks::Level level = builder_.type(in.ciphertexts.front()).level;
    const double divisor = rescale ? builder_.params().prime(level) : 1.0;
    const double product = chosen.scale * divisor;
    std::vector<kernels::LinearTerm> terms;
    terms.push_back(term(stage, std::move(op), std::move(in), chosen, chosen.split, product));
    for (std::size_t k = 0; k < stage.shortcuts.size(); ++k)
      terms.push_back(term(stage, stage.shortcuts[k].op,
                           dropped(results_.at(stage.shortcuts[k].from.value), level), chosen,
                           chosen.shortcuts[k], product));
    return terms;
  }
  /// `product`: the scale that the plaintext is to bring the input to, whatever that drifted to.
  kernels::LinearTerm term(const Stage& stage, LinearOperator op, Packed in,
                           const StagePlan& chosen, const StepSplit& split, double product) const {
    const auto form = stage.folded ? SlotMatrix::Form::kFolded : SlotMatrix::Form::kPlaced;
    const double scale = builder_.type(in.ciphertexts.front()).scale.value;
    LinearLayer layer(stage.name, {std::move(op), in.layout, chosen.out, form, stage.spills},
                      split);
    return {std::move(in), std::move(layer), {product / scale}};
  }
  Packed dropped(Packed in, ckks::Level level) {
    for (ValueId& id : in.ciphertexts) id = builder_.drop_to_level(id, level);
    return in;
  }

  const std::vector<Stage>& stages_;
  const Plan& plan_;
  Builder builder_;
  std::vector<Packed> results_;
};

}  // namespace

Program lower(const std::vector<Stage>& stages, const Plan& plan, const ckks::Params& params) {
  require_fitting(stages, plan, params);
  return Lowering(stages, plan, params).run();
}

}  // namespace veilray::plan
