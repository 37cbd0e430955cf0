#include "runtime/clear_run.h"

#include <gtest/gtest.h>

#include "ckks/toy_params.h"
#include "graph/interpret.h"
#include "graph/print.h"
#include "plan/images.h"
#include "plan/layout_search.h"
#include "plan/networks_testing.h"
#include "plan/stages.h"
#include "plan/verify.h"
#include "runtime/execute.h"

namespace veilray::runtime {
namespace {

using plan::testing_layouts::random_layout;
using plan::testing_networks::Draw;

constexpr std::uint32_t kLogSlots = 9;

/// What the program gives in clear slots, all slots of the answer.
std::vector<double> answer_slots(const std::vector<plan::Stage>& stages, const plan::Plan& plan,
                                 const tensor::Tensor& input) {
  const auto params = ckks::testing::toy_params(plan.params).value();
  const auto program = plan::lower(stages, plan, params);
  const auto keys = plan::rotations(program);
  const auto status = plan::verify(program, params, {keys, plan::relinearization_level(program)});
  EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.failure().line());
  ThreadPool pool(1);
  return ClearRun(program, plan, pool).logits(input, plan.input.slots());
}

/// The largest difference from the interpreter, relative to the largest logit, in every slot that
/// should hold a logit; infinite if a slot that should hold none holds something.
double relative_error(const std::vector<double>& slots, const tensor::Tensor& want) {
  const std::size_t period = std::size_t{1}
                             << plan::index_bits(static_cast<std::int64_t>(want.data.size()));
  double error = 0, size = 1e-3;
  for (const float logit : want.data) size = std::max(size, std::abs(static_cast<double>(logit)));
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const std::size_t j = i % period;
    const double logit = j < want.data.size() ? static_cast<double>(want.data[j]) : 0.0;
    const double difference = std::abs(slots[i] - logit);
    error = std::isnan(difference) ? INFINITY : std::max(error, difference);
  }
  return error / size;
}

/// `network` by random layouts and splits, against the interpreter; `square_scale`: of the values
/// whose squares are stacked.
void expect_same_logits(const graph::Graph& network, std::uint64_t seed,
                        double square_scale = 0x1p30) {
  const auto stages = plan::stages(network);
  ASSERT_TRUE(stages.ok()) << "seed " << seed << ": " << stages.failure().line() << "\n"
                           << graph::to_text(network);
  Draw draw(seed + 5000);
  auto plan = plan::testing_networks::random_plan(draw, stages.value(), kLogSlots);
  for (std::size_t s = 0; s < plan.stages.size(); ++s)
    if (stages.value()[s].stacks_squares) plan.stages[s - 1].scale = square_scale;
  const auto input = draw.tensor(network.input_shape(), 1);
  EXPECT_LT(relative_error(answer_slots(stages.value(), plan, input), graph::run(network, input)),
            1e-5)
      << "seed " << seed << "\n"
      << graph::to_text(network);
}

TEST(ClearRun, AgreesWithTheInterpreterOnRandomNetworksInRandomLayouts) {
  int run = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const auto network =
        graph::lower_to_linear_and_polynomial(graph::testing_graphs::random_graph(seed));
    ASSERT_TRUE(network.ok()) << "seed " << seed;
    // A pool between convolution and activation is planned nowhere yet, and refused.
    if (!plan::stages(network.value()).ok()) continue;
    expect_same_logits(network.value(), seed);
    ++run;
  }
  EXPECT_GE(run, 30) << "too few networks could be planned to prove anything";
}

TEST(ClearRun, AgreesWithTheInterpreterOnPaddedStridedAndGroupedConvolutions) {
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    Draw draw(seed);
    const tensor::Shape in{2, 6 + draw.below(5), 6 + draw.below(5)};
    const auto conv = plan::testing_layouts::random_convolution(draw, in, seed % 2 == 0);
    graph::GraphBuilder builder("conv", in);
    const auto map = builder.add("conv", conv);
    const auto features = static_cast<std::int64_t>(tensor::element_count(builder.shape(map)));
    builder.add("flatten", graph::Flatten{});
    builder.add("linear", plan::testing_networks::tame_linear(draw, features, 5));
    expect_same_logits(std::move(builder).finish().value(), seed);
  }
}

TEST(ClearRun, AgreesWithTheInterpreterWherePoolsOverlapOrAreOdd) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Draw draw(seed);
    const tensor::Shape in{3, 7 + draw.below(3), 7 + draw.below(3)};
    graph::GraphBuilder builder("pools", in);
    builder.add("conv", plan::testing_networks::tame_convolution(draw, 3, 4, 1, 2));
    builder.add("act", graph::Polynomial{{0.2, -0.4, 1.0}});
    builder.add("pool1", graph::SumPool{2 + draw.below(2), 1 + draw.below(3)});
    auto last = builder.add("conv2", plan::testing_networks::tame_convolution(draw, 4, 2, 2, 1));
    if (draw.coin()) last = builder.add("pool2", graph::SumPool{2, 2});
    const auto features = static_cast<std::int64_t>(tensor::element_count(builder.shape(last)));
    builder.add("flatten", graph::Flatten{});
    builder.add("linear", plan::testing_networks::tame_linear(draw, features, 4));
    expect_same_logits(std::move(builder).finish().value(), seed);
  }
}

TEST(ClearRun, AgreesWithTheInterpreterForEveryKindOfActivation) {
  const std::vector<std::vector<double>> activations = {
      {0.0, 0.0, 1.0}, {0.3, -0.7, 1.0}, {-2.0, 1.5, -0.25}, {0.5, -1.0, 0.0}, {0.1, 0.5, 0.02}};
  for (std::size_t a = 0; a < activations.size(); ++a)
    for (const std::int64_t pool : {1, 2, 4}) {
      Draw draw(a);
      graph::GraphBuilder builder("act", {2, 9, 9});
      builder.add("conv", plan::testing_networks::tame_convolution(draw, 2, 3, 1, 2));
      builder.add("act", graph::Polynomial{activations[a]});
      if (pool > 1) builder.add("pool", graph::AveragePool{pool, pool});
      builder.add("conv2", plan::testing_networks::tame_convolution(draw, 3, 2, 1, 2));
      const std::int64_t side = 8 / pool - 1;
      builder.add("flatten", graph::Flatten{});
      builder.add("linear", plan::testing_networks::tame_linear(draw, 2 * side * side, 3));
      expect_same_logits(plan::testing_networks::fused(std::move(builder)), a * 10);
    }
}

/// One convolution between two layouts, as a program without a last layer.
std::vector<std::vector<double>> run_layer(const plan::SlotMatrix& matrix, plan::StepSplit split,
                                           const tensor::Tensor& input) {
  plan::Program program;
  program.inputs = matrix.in.ciphertexts();
  const plan::ValueType type{plan::ValueType::Kind::kCiphertext, 1, {1}, {0x1p30}};
  const auto append = [&](plan::Operation operation, std::uint32_t results) {
    const plan::ValueId first{static_cast<std::uint32_t>(program.values.size())};
    program.values.insert(program.values.end(), results, type);
    program.steps.push_back({std::move(operation), first, results});
    return first;
  };
  program.layers.emplace_back("layer", matrix, split);
  const auto& layer = program.layers.front();
  for (std::uint32_t ct = 0; ct < program.inputs; ++ct) append(plan::op::Input{ct}, 1);
  std::vector<plan::ValueId> babies;
  for (const auto& [ct, step] : layer.babies)
    babies.push_back(append(plan::op::RotateSum{{{ct}}, {step}}, 1));
  const auto sums = append(plan::op::ProductSums{0, babies, {0x1p30}},
                           static_cast<std::uint32_t>(layer.giants.size()));
  for (std::uint32_t ct = 0; ct < matrix.out.ciphertexts(); ++ct) {
    plan::op::RotateSum turned;
    for (std::uint32_t g = 0; g < layer.giants.size(); ++g)
      if (layer.giants[g].ciphertext == ct) {
        turned.inputs.push_back({sums.value + g});
        turned.steps.push_back(layer.giants[g].step);
      }
    EXPECT_FALSE(turned.inputs.empty()) << "an output ciphertext is made of nothing";
    program.outputs.push_back(append(std::move(turned), 1));
  }
  ThreadPool pool(1);
  const ClearConstants constants(program, pool);
  ClearBackend backend(program, constants);
  return execute(program, schedule(program), backend, plan::pack(input, matrix.in), pool);
}

TEST(LinearLayer, GivesTheOperatorByBabyAndGiantStepsWithAndWithoutSpill) {
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    Draw draw(seed);
    const auto one = plan::testing_layouts::random_case(draw);
    plan::SlotMatrix matrix{one.op, random_layout(draw, one.op.in_shape, kLogSlots),
                            random_layout(draw, one.op.out_shape, kLogSlots),
                            plan::SlotMatrix::Form::kPlaced, false};
    matrix.op.bias.clear();  // the matrix alone
    const auto split = plan::testing_networks::random_split(draw, kLogSlots);
    const auto input = draw.tensor(one.op.in_shape, 1);
    const auto exact = plan::unpack(run_layer(matrix, split, input), matrix.out);
    auto want = graph::run(one.network, input);
    const std::size_t plane = want.data.size() / static_cast<std::size_t>(one.op.out_shape[0]);
    for (std::size_t i = 0; i < want.data.size() && !one.op.bias.empty(); ++i)
      want.data[i] -= one.op.bias[i / plane];
    EXPECT_LT(plan::testing_layouts::largest_relative_error(exact, want), 1e-5)
        << one.name << ", seed " << seed;
    matrix.spill = true;
    const auto spilled = plan::unpack(run_layer(matrix, split, input), matrix.out);
    EXPECT_LT(graph::testing_graphs::relative_error(spilled, exact), 1e-6)
        << one.name << ", seed " << seed;
  }
}

TEST(ChoosePacking, FindsPlansThatComputeTheNetworkAndCostWhatItSays) {
  using namespace plan::testing_networks;
  for (std::uint64_t seed = 0; seed < 14; ++seed) {
    const auto network = seed < 6    ? random_small_network(seed)
                         : seed < 10 ? attentive_network(seed, seed % 2 == 0)
                                     : residual_network(seed);
    const auto stages = plan::stages(network).value();
    Draw draw(seed);
    auto plan = plan::testing_networks::random_plan(draw, stages, kLogSlots);
    const auto params = ckks::testing::toy_params(plan.params).value();
    const auto packing =
        plan::choose_packing(stages, plan::CostModel(params.spec()), kLogSlots, params.max_level());
    plan.input = packing->input;
    for (std::size_t s = 0; s < stages.size(); ++s) {
      const double scale = plan.stages[s].scale;
      plan.stages[s] = packing->stages[s];
      plan.stages[s].scale = scale;
    }
    const auto input = draw.tensor(network.input_shape(), 1);
    EXPECT_LT(relative_error(answer_slots(stages, plan, input), graph::run(network, input)), 1e-5)
        << "seed " << seed;
  }
}

TEST(ClearRun, AgreesWithTheInterpreterOnResidualSumsInRandomLayouts) {
  for (std::uint64_t seed = 0; seed < 60; ++seed)
    expect_same_logits(plan::testing_networks::residual_network(seed, 1 + seed % 3), seed);
}

TEST(ClearRun, AgreesWithTheInterpreterOnSumsOfAnswersAndOfTheInput) {
  Draw draw(11);
  graph::GraphBuilder builder("sums", {2, 4, 4});
  const graph::NodeId input{0};
  auto x = builder.add("conv", plan::testing_networks::tame_convolution(draw, 2, 2, 1, 1));
  x = builder.add("act", graph::Polynomial{{0.1, 0.4, -0.3}});
  x = builder.add("sum", graph::Add{}, {x, input});
  x = builder.add("all", graph::Add{}, {x, input});
  const auto first = builder.add("flatten1", graph::Flatten{}, {x});
  const auto one =
      builder.add("linear1", plan::testing_networks::tame_linear(draw, 32, 3), {first});
  const auto second = builder.add("flatten2", graph::Flatten{}, {input});
  const auto two =
      builder.add("linear2", plan::testing_networks::tame_linear(draw, 32, 3), {second});
  builder.add("answer", graph::Add{}, {one, two});
  const auto network = plan::testing_networks::fused(std::move(builder));
  for (std::uint64_t seed = 0; seed < 5; ++seed) expect_same_logits(network, seed);
}

TEST(ClearRun, AgreesWithTheInterpreterOnAttentionInRandomLayouts) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    for (const bool on_squares : {false, true})
      expect_same_logits(plan::testing_networks::attentive_network(seed, on_squares), seed);
  }
}

TEST(ClearRun, AgreesWithTheInterpreterOnAttentionBesideActivationsThatDoNotBendOrBendDown) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    for (const double alpha : {0.0, 1e-12, -0.2})
      for (const bool on_squares : {false, true})
        expect_same_logits(plan::testing_networks::attentive_network(seed, on_squares, alpha),
                           seed);
  }
}

TEST(ClearRun, AgreesWithTheInterpreterWhereStackedSquaresAreDivided) {
  for (std::uint64_t seed = 0; seed < 8; ++seed)
    expect_same_logits(plan::testing_networks::attentive_network(seed, true), seed, 0x1p28);
}

/// Several images at once by random layouts, against the interpreter on each.
void expect_same_logits_of_images(const graph::Graph& network, std::uint64_t seed) {
  Draw draw(seed + 7000);
  const auto count = 2U << draw.below(2);
  const auto stages = plan::for_images(plan::stages(network).value(), count);
  const auto plan = plan::testing_networks::random_plan(draw, stages, kLogSlots + 2);
  std::vector<tensor::Tensor> images;
  tensor::Tensor want{{count * network.output_shape()[0]}, {}};
  for (std::uint32_t image = 0; image < count; ++image) {
    images.push_back(draw.tensor(network.input_shape(), 1));
    const auto logits = graph::run(network, images.back());
    want.data.insert(want.data.end(), logits.data.begin(), logits.data.end());
  }
  const auto got = answer_slots(stages, plan, plan::stack_images(images, count));
  EXPECT_LT(relative_error(got, want), 1e-5) << "seed " << seed << ", " << count << " images\n"
                                             << graph::to_text(network);
}

TEST(ClearRun, AgreesWithTheInterpreterOnSeveralImagesAtOnce) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    expect_same_logits_of_images(plan::testing_networks::random_small_network(seed), seed);
    expect_same_logits_of_images(plan::testing_networks::residual_network(seed), seed);
    expect_same_logits_of_images(plan::testing_networks::attentive_network(seed, seed % 2 == 0),
                                 seed);
  }
}

TEST(ClearRun, RemembersTheLargestSlotOfEveryValue) {
  const auto network = plan::testing_networks::tiny_network();
  const auto stages = plan::stages(network).value();
  Draw draw(3);
  const auto plan = plan::testing_networks::random_plan(draw, stages, kLogSlots);
  const auto params = ckks::testing::toy_params(plan.params).value();
  const auto program = plan::lower(stages, plan, params);
  ThreadPool pool(1);
  ClearRun run(program, plan, pool);
  double largest = 0;
  for (int i = 0; i < 3; ++i)
    for (const double logit : run.logits(draw.tensor(network.input_shape(), 1), 3))
      largest = std::max(largest, std::abs(logit));
  EXPECT_EQ(run.ranges().size(), program.values.size());
  // Copies of a logit in other slots were summed in another order.
  EXPECT_NEAR(run.ranges()[program.outputs.front().value], largest, 1e-12 * largest);
}

TEST(ClearRun, ErrsMoreTheMoreNoiseIsSimulatedAndAlwaysTheSameWayOnAnyThreads) {
  const auto network = plan::testing_networks::tiny_network();
  const auto stages = plan::stages(network).value();
  Draw draw(4);
  auto plan = plan::testing_networks::random_plan(draw, stages, kLogSlots);
  const auto params = ckks::testing::toy_params(plan.params).value();
  const plan::NoiseModel noise(params);
  const auto input = draw.tensor(network.input_shape(), 1);
  const auto want = graph::run(network, input);
  const auto error_at = [&](double scale) {
    plan.input_scale = scale;
    for (auto& stage : plan.stages) stage.scale = scale;
    plan.stages.back().scale = plan.rescale_last ? scale : scale * scale / 2;
    const auto program = plan::lower(stages, plan, params);
    ThreadPool alone(1), pool(5);
    ClearRun run(program, plan, alone), again(program, plan, pool);
    run.simulate_noise(noise, 9);
    again.simulate_noise(noise, 9);
    const auto logits = run.logits(input, 3);
    EXPECT_EQ(again.logits(input, 3), logits);
    double error = 0;
    for (std::size_t i = 0; i < 3; ++i)
      error = std::max(error, std::abs(logits[i] - static_cast<double>(want.data[i])));
    return error;
  };
  const double fine = error_at(0x1p30), coarse = error_at(0x1p22);
  EXPECT_GT(fine, 0);
  EXPECT_GT(coarse, 20 * fine);
}

}  // namespace
}  // namespace veilray::runtime
