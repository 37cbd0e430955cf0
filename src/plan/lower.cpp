#include "plan/kernels/linear.h"
#include "plan/kernels/quadratic.h"
#include "plan/plan.h"

namespace veilray::plan {

Layout output_layout(std::int64_t outputs, std::uint32_t log_slots) {
  std::vector<SlotBit> bits;
  for (std::uint8_t b = 0; b < index_bits(outputs); ++b)
    bits.push_back({SlotBit::Kind::kAxis, {Axis::kChannel, b}});
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
  if (plan.stages.back().out != output_layout(stages.back().out_shape()[0], params.log_n() - 1))
    refuse("the answer's layout is not the one that every slot holds a logit in");
}

Packed lower_stage(Builder& builder, const Packed& in, const Stage& stage, const StagePlan& chosen,
                   bool last, bool rescale) {
  const auto form = last ? SlotMatrix::Form::kFolded : SlotMatrix::Form::kPlaced;
  LinearLayer layer(stage.name, {stage.op, in.layout, chosen.out, form, !last}, chosen.split);
  Packed out = kernels::linear(builder, in, std::move(layer),
                               plain_scale(builder, in, chosen.scale, rescale), rescale);
  if (stage.activation) return kernels::quadratic(builder, out, *stage.activation, stage.pool);
  return stage.pool == 1 ? out : kernels::sum_pool(builder, out, stage.pool);
}

}  // namespace

Program lower(const std::vector<Stage>& stages, const Plan& plan, const ckks::Params& params) {
  require_fitting(stages, plan, params);
  Builder builder(params);
  Packed value = pack_inputs(builder, plan);
  for (std::size_t s = 0; s < stages.size(); ++s) {
    const bool last = s + 1 == stages.size();
    value =
        lower_stage(builder, value, stages[s], plan.stages[s], last, !last || plan.rescale_last);
  }
  return std::move(builder).finish(std::move(value.ciphertexts));
}

}  // namespace veilray::plan
