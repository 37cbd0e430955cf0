#pragma once
// For tests: small networks as the passes leave them, and plans for them that nobody searched for.
#include <string>
#include <vector>

#include "graph/graphs_testing.h"
#include "graph/passes/pipeline.h"
#include "graph/residual_testing.h"
#include "plan/layouts_testing.h"
#include "plan/plan.h"

namespace veilray::plan::testing_networks {

using graph::testing_graphs::Draw;

/// About standard normal: the sum of twelve uniforms.
inline tensor::Tensor normal_latent(Draw& draw, const tensor::Shape& shape) {
  auto latent = tensor::Tensor::zeros(shape);
  for (float& value : latent.data)
    for (int i = 0; i < 12; ++i) value += draw.uniform(0.5);
  return latent;
}

/// Scaled so that its results are of order one for inputs of order one.
inline graph::Conv2d tame_convolution(Draw& draw, std::int64_t in, std::int64_t out,
                                      std::int64_t groups, std::int64_t kernel) {
  const double fan_in = static_cast<double>(in / groups * kernel * kernel);
  return {.weight = draw.tensor({out, in / groups, kernel, kernel}, std::sqrt(3 / fan_in)),
          .bias = draw.values(out, 0.2),
          .groups = groups};
}

inline graph::Linear tame_linear(Draw& draw, std::int64_t in, std::int64_t out) {
  return {draw.tensor({out, in}, std::sqrt(3 / static_cast<double>(in))), draw.values(out, 0.2)};
}

inline graph::Graph fused(graph::GraphBuilder builder) {
  return graph::lower_to_linear_and_polynomial(std::move(builder).finish().value()).value();
}

/// conv, activation, pool, dense layer: three levels.
inline graph::Graph tiny_network(std::uint64_t seed = 1, std::int64_t outputs = 3) {
  Draw draw(seed);
  graph::GraphBuilder builder("tiny", {2, 8, 8});
  builder.add("conv1", tame_convolution(draw, 2, 4, 2, 3));
  builder.add("act1", graph::Polynomial{{0.1, 0.5, 0.25}});
  builder.add("pool1", graph::AveragePool{2, 2});
  builder.add("flatten", graph::Flatten{});
  builder.add("linear1", tame_linear(draw, 4 * 3 * 3, outputs));
  return fused(std::move(builder));
}

/// conv, attention as the passes leave it (on squares, too: cbam) with an activation before or
/// after it, perhaps a pool, dense layer. `alpha`: of the activations.
inline graph::Graph attentive_network(std::uint64_t seed, bool on_squares, double alpha = 0.2) {
  Draw draw(seed);
  graph::GraphBuilder builder("attentive", {2, 6, 6});
  auto x = builder.add("conv1", tame_convolution(draw, 2, 8, 2, 3));  // [8, 4, 4]
  const bool before = draw.coin();
  if (before) x = builder.add("act1", graph::Polynomial{{0.1, 0.5, alpha}});
  const auto squeeze = [&](const std::string& name, graph::NodeId in) {
    const auto pool = builder.add(name + ".pool", graph::AveragePool{4, 4}, {in});
    return builder.add(name + ".flatten", graph::Flatten{}, {pool});
  };
  const auto first = builder.add("first", tame_linear(draw, 8, 4), {squeeze("mean", x)});
  const auto second = builder.add("second", graph::Polynomial{{0.1, 0.5, alpha}}, {first});
  auto factors = builder.add("third", tame_linear(draw, 4, 8), {second});
  if (on_squares) {
    const auto squares = builder.add("squares", graph::Polynomial{{0, 0, 0.1}}, {x});
    auto other = builder.add_again("first'", first, squeeze("squares", squares));
    other = builder.add_again("second'", second, other);
    factors =
        builder.add("sum", graph::Add{}, {factors, builder.add_again("third'", factors, other)});
  }
  factors = builder.add("sigmoid", graph::Polynomial{{0.5, 0.2, 0, draw.coin() ? -0.01 : 0.02}},
                        {factors});
  auto last = builder.add("gate", graph::ChannelGate{}, {x, factors});
  if (!before) last = builder.add("act2", graph::Polynomial{{-0.3, 0.7, alpha}});
  if (draw.coin()) last = builder.add("pool", graph::AveragePool{2, 2});
  builder.add("flatten", graph::Flatten{});
  const auto features = static_cast<std::int64_t>(tensor::element_count(builder.shape(last)));
  builder.add("linear", tame_linear(draw, features, 3));
  return fused(std::move(builder));
}

/// Convolutions and sums of them, as the passes leave them.
inline graph::Graph residual_network(std::uint64_t seed, std::int64_t blocks = 2) {
  return graph::lower_to_linear_and_polynomial(graph::testing_graphs::random_residual(seed, blocks))
      .value();
}

/// Three to five levels, of every kind of layer that the planner knows.
inline graph::Graph random_small_network(std::uint64_t seed) {
  Draw draw(seed);
  const std::int64_t in = 1 + draw.below(3), side = 8 + draw.below(4);
  graph::GraphBuilder builder("small", {in, side, side + draw.below(2)});
  std::int64_t channels = 2 * (1 + draw.below(3));
  auto first = tame_convolution(draw, in, channels, 1, 1 + draw.below(3));
  if (draw.coin())
    for (auto& padding : first.padding) padding = draw.below(2);
  builder.add("conv1", std::move(first));
  const double alpha = (draw.coin() ? 1 : -1) * 0.2, beta = draw.uniform(0.6);
  builder.add("act1", graph::Polynomial{{0.1, beta, alpha}});
  graph::NodeId last = builder.add("pool1", graph::AveragePool{2, 2});
  if (draw.coin()) {
    auto second = tame_convolution(draw, channels, 4, 2, 2);
    second.stride = 1 + draw.below(2);
    builder.add("conv2", std::move(second));
    channels = 4;
    last = builder.add("act2", graph::Polynomial{{0.0, 0.7, 0.1}});
    if (draw.coin()) last = builder.add("pool2", graph::AveragePool{2, 2});
  }
  const auto features = static_cast<std::int64_t>(tensor::element_count(builder.shape(last)));
  builder.add("flatten", graph::Flatten{});
  builder.add("linear1", tame_linear(draw, features, 1 + draw.below(6)));
  return fused(std::move(builder));
}

inline StepSplit random_split(Draw& draw, std::uint32_t log_slots) {
  const auto low = static_cast<std::uint32_t>(draw.below(log_slots + 1));
  const auto high = low + static_cast<std::uint32_t>(draw.below(log_slots - low + 1));
  return {low, high, draw.coin(), draw.coin()};
}

inline std::uint32_t levels_of(const std::vector<Stage>& stages) {
  std::uint32_t levels = 0;
  for (const Stage& stage : stages) levels += stage.levels();
  return levels;
}

/// None, or some powers of two and other steps.
inline StepSet random_keys(Draw& draw, std::uint32_t log_slots) {
  StepSet keyed;
  for (std::int64_t left = draw.coin() ? 0 : 1 + draw.below(12); left > 0; --left) {
    keyed.insert(1U << draw.below(log_slots));
    keyed.insert(static_cast<std::uint32_t>(1 + draw.below((1 << log_slots) - 1)));
  }
  return keyed;
}

/// Any layout that makes the pools free, any split, any keys: what a search would never choose.
inline Plan random_plan(Draw& draw, const std::vector<Stage>& stages, std::uint32_t log_slots) {
  constexpr double kScale = 0x1p30;
  Plan plan;
  plan.rescale_last = draw.coin();
  plan.params = {log_slots + 1, levels_of(stages) + (plan.rescale_last ? 2U : 1U), 1, 30};
  plan.input = testing_layouts::random_layout(draw, stages.front().op.in_shape, log_slots);
  plan.input_scale = kScale;
  for (const Stage& stage : stages)
    plan.stages.push_back(
        {testing_layouts::random_layout(draw, stage.out_shape(), log_slots, index_bits(stage.pool)),
         random_split(draw, log_slots), kScale});
  for (std::size_t s = 0; s < stages.size(); ++s) {
    if (stages[s].folded) plan.stages[s].out = output_layout(stages[s].out_shape()[0], log_slots);
    // The pool comes after the gate; both are laid out for it.
    if (stages[s].gates) plan.stages[*stages[s].gates].out = plan.stages[s].out;
    for (std::size_t k = 0; k < stages[s].shortcuts.size(); ++k)
      plan.stages[s].shortcuts.push_back(random_split(draw, log_slots));
  }
  if (!plan.rescale_last) plan.stages.back().scale = 0x1p52;
  plan.keyed = random_keys(draw, log_slots);
  return plan;
}

}  // namespace veilray::plan::testing_networks
