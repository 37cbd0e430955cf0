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

/// The plaintext scale that brings the layer's result to its planned scale, whatever the input's
/// drifted to.
ckks::Scale plain_scale(const Builder& builder, const Packed& in, double target, bool rescale) {
  const ValueType& type = builder.type(in.ciphertexts.front());
  const double divisor = rescale ? builder.params().prime(type.level) : 1.0;
  return {target * divisor / type.scale.value};
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
  }
}

/// `results`: of the stages before.
Packed lower_stage(Builder& builder, const Packed& before, const std::vector<Packed>& results,
                   const Stage& stage, const StagePlan& chosen, bool rescale) {
  Packed in = before;
  LinearOperator op = stage.op;
  if (stage.stacks_squares) {
    in = kernels::stack_squares(builder, before);
    const double divisor = kernels::square_divisor(builder, before);
    if (divisor != 1.0) op = undo_division(std::move(op), before.layout.shape()[0], divisor);
  }
  const auto form = stage.folded ? SlotMatrix::Form::kFolded : SlotMatrix::Form::kPlaced;
  LinearLayer layer(stage.name, {std::move(op), in.layout, chosen.out, form, !stage.folded},
                    chosen.split);
  Packed out = kernels::linear(builder, in, std::move(layer),
                               plain_scale(builder, in, chosen.scale, rescale), rescale);
  if (stage.cubic) out = kernels::cubic(builder, out, *stage.cubic);
  if (stage.gates) out = kernels::gate(builder, results.at(*stage.gates), out, stage.shift);
  if (stage.activation) return kernels::quadratic(builder, out, *stage.activation, stage.pool);
  return stage.pool == 1 ? out : kernels::sum_pool(builder, out, stage.pool);
}

}  // namespace

Program lower(const std::vector<Stage>& stages, const Plan& plan, const ckks::Params& params) {
  require_fitting(stages, plan, params);
  Builder builder(params);
  const Packed input = pack_inputs(builder, plan);
  std::vector<Packed> results;
  for (std::size_t s = 0; s < stages.size(); ++s) {
    const bool rescale = s + 1 != stages.size() || plan.rescale_last;
    const Packed& in = results.empty() ? input : results.back();
    results.push_back(lower_stage(builder, in, results, stages[s], plan.stages[s], rescale));
  }
  return std::move(builder).finish(std::move(results.back().ciphertexts));
}

}  // namespace veilray::plan
