#include "graph/onnx/import.h"

#include <gtest/gtest.h>

#include <iostream>

#include "graph/architectures/networks_testing.h"
#include "graph/interpret.h"
#include "graph/onnx/onnx_testing.h"
#include "graph/print.h"

namespace veilray::graph::onnx {
namespace {

using testing_graphs::Draw;

/// Both on one random input.
void expect_equal(const Graph& got, const Graph& want, std::uint64_t seed, double bound = 1e-5) {
  ASSERT_EQ(got.input_shape(), want.input_shape());
  const Tensor input = Draw(seed).tensor(want.input_shape(), 1);
  EXPECT_LT(testing_graphs::relative_error(run(got, input), run(want, input)), bound)
      << to_text(got) << to_text(want);
}

/// What the operations of a graph are, in order.
std::string kinds(const Graph& graph) {
  std::string all;
  for (const Node& node : graph.nodes)
    all += std::string(all.empty() ? "" : " ") + op_name(node.op);
  return all;
}

TEST(ImportOnnx, ComputesWhatTheNetworkDoesInAnySpelling) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Graph graph = testing_graphs::random_graph(seed);
    Draw draw(seed + 1000);
    const auto imported = GraphWriter(graph, draw).write().import();
    ASSERT_TRUE(imported.ok()) << imported.failure().line();
    expect_equal(imported.value(), graph, seed);
  }
}

TEST(ImportOnnx, ComputesWhatEveryBuiltInNetworkDoes) {
  for (const std::string& name : available_architectures()) {
    for (const char* attention : {"none", "se", "cbam"}) {
      const ArchitectureSpec spec{name, attention, 2, name == "lenet" ? 32 : 16};
      SCOPED_TRACE(name + " " + attention);
      auto weights = testing_graphs::plain_weights(spec, 3);
      for (auto& [tensor, values] : weights.tensors)  // the squares of squares would explode
        if (tensor.ends_with(".alpha")) values.data[0] = 0.01F;
      const Graph graph = build(spec, weights).value();
      Draw draw(7);
      const auto imported = GraphWriter(graph, draw).write().import();
      ASSERT_TRUE(imported.ok()) << imported.failure().line();
      expect_equal(imported.value(), graph, 8, 1e-4);
      EXPECT_EQ(kinds(imported.value()), kinds(graph));
    }
  }
}

/// [2, 3, 3] to [2], a mean over the map at its end.
std::string mean(OnnxFile& file, const std::string& map) {
  return file.node("ReduceMean", {map}, {{"axes", {2, 3}}}, {{"keepdims", 0}});
}

/// The only polynomial of the network.
std::vector<double> only_polynomial(const Result<Graph>& graph) {
  if (!graph.ok()) throw std::runtime_error(graph.failure().line());
  std::vector<double> found;
  for (const Node& node : graph.value().nodes) {
    const auto* polynomial = std::get_if<Polynomial>(&node.op);
    if (polynomial == nullptr) continue;
    EXPECT_TRUE(found.empty()) << to_text(graph.value());
    found = polynomial->coefficients;
  }
  return found;
}

TEST(ImportOnnx, FindsAPolynomialHoweverItIsWritten) {
  const std::vector<double> want{0.5, -2, 0.25};
  OnnxFile completed({2, 3, 3});  // (x - 4)^2 / 4 - 3.5
  const auto shifted = completed.node("Sub", {"x", completed.number(4)});
  const auto square = completed.node("Mul", {shifted, shifted});
  const auto quarter = completed.node("Div", {square, completed.number(4)});
  mean(completed, completed.node("Sub", {quarter, completed.number(3.5)}));
  EXPECT_EQ(only_polynomial(completed.import()), want);

  OnnxFile factored({2, 3, 3});  // 0.5 - x (2 - x / 4)
  const auto inner = factored.node(
      "Sub", {factored.number(2), factored.node("Mul", {factored.number(0.25), "x"})});
  const auto product = factored.node("Mul", {inner, "x"});
  mean(factored, factored.node("Add", {factored.node("Neg", {product}), factored.number(0.5)}));
  EXPECT_EQ(only_polynomial(factored.import()), want);

  OnnxFile cubic({2, 3, 3});  // x^2 is used twice: as it is, and in x^3
  const auto squared = cubic.node("Pow", {"x", cubic.number(2)});
  const auto cube = cubic.node("Mul", {squared, "x"});
  mean(cubic, cubic.node("Sub", {cube, squared}));
  EXPECT_EQ(only_polynomial(cubic.import()), (std::vector<double>{0, 0, -1, 1}));
}

TEST(ImportOnnx, KeepsActivationsThatFollowOneAnotherApart) {
  OnnxFile file({2, 3, 3});
  std::string x = "x";
  for (int i = 0; i < 4; ++i)
    x = file.node("Add", {file.node("Mul", {file.node("Mul", {file.number(0.5), x}), x}), x});
  mean(file, x);
  EXPECT_EQ(kinds(file.import().value()),
            "input polynomial polynomial polynomial polynomial average_pool flatten");
}

TEST(ImportOnnx, DropsWhatDoesNotLeadToTheOutput) {
  OnnxFile file({2, 3, 3});
  const auto output = mean(file, "x");
  mean(file, file.node("Mul", {"x", "x"}));
  EXPECT_EQ(kinds(file.import(output).value()), "input average_pool flatten");
}

TEST(ImportOnnx, TakesADynamicBatchAsOne) {
  OnnxFile file({2, 3, 3});
  auto* batch = file.proto.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type();
  batch->mutable_shape()->mutable_dim(0)->set_dim_param("n");
  const auto shape = file.node("Shape", {"x"});
  const auto n = file.node("Gather", {shape, file.integers({0})});
  file.node("Reshape", {"x", file.node("Concat", {n, file.integers({-1})}, {}, {{"axis", 0}})});
  EXPECT_EQ(file.import().value().output_shape(), Shape{18});
}

TEST(ImportOnnx, SpreadsADilatedKernel) {
  Draw draw(3);
  const Tensor weight = draw.tensor({2, 2, 2, 2}, 1);
  OnnxFile file({2, 6, 6});
  mean(file, file.node("Conv", {"x", file.constant(weight)}, {{"dilations", {3, 2}}}));
  GraphBuilder want("want", {2, 6, 6});
  Tensor wide = Tensor::zeros({2, 2, 4, 3});
  for (std::size_t plane = 0; plane < 4; ++plane)
    for (std::size_t tap = 0; tap < 4; ++tap)
      wide.data[plane * 12 + tap / 2 * 9 + tap % 2 * 2] = weight.data[plane * 4 + tap];
  want.add("conv", Conv2d{wide});
  want.add("mean", Conv2d{{{2, 1, 3, 4}, std::vector<float>(24, 1.0F / 12)}, {}, 2});
  want.add("flatten", Flatten{});
  expect_equal(file.import().value(), std::move(want).finish().value(), 4);
}

TEST(ImportOnnx, CountsThePaddingOfAPool) {
  OnnxFile file({1, 2, 2});
  const auto pool =
      file.node("AveragePool", {"x"}, {{"kernel_shape", {2, 2}}, {"pads", {1, 1, 0, 0}}},
                {{"count_include_pad", 1}});
  file.node("Flatten", {pool});
  const Tensor got = run(file.import().value(), {{1, 2, 2}, {4, 8, 12, 16}});
  EXPECT_EQ(got.data, (std::vector<float>{1, 3, 4, 10}));
}

TEST(ImportOnnx, JoinsChannels) {
  OnnxFile file({2, 1, 1});
  const auto twice = file.node("Mul", {"x", file.number(2)});
  const auto joined = file.node("Concat", {"x", twice, "x"}, {}, {{"axis", 1}});
  file.node("Flatten", {joined});
  const Tensor got = run(file.import().value(), {{2, 1, 1}, {3, 5}});
  EXPECT_EQ(got.data, (std::vector<float>{3, 5, 6, 10, 3, 5}));
}

TEST(ImportOnnx, MovesFactorsOfAVectorIntoItsDenseLayer) {
  Draw draw(5);
  const Tensor weight = draw.tensor({3, 2}, 1);
  OnnxFile file({2, 3, 3});
  const auto dense =
      file.node("Gemm", {mean(file, "x"), file.constant(weight)}, {}, {{"transB", 1}});
  const auto scaled = file.node("Mul", {dense, file.constant({2, -1, 0.5F})});
  file.node("Add", {scaled, file.constant({1, 2, 3})});
  GraphBuilder want("want", {2, 3, 3});
  want.add("mean", AveragePool{3, 3});
  want.add("flatten", Flatten{});
  Tensor mapped = weight;
  for (std::size_t i = 0; i < 6; ++i) mapped.data[i] *= i < 2 ? 2.0F : i < 4 ? -1.0F : 0.5F;
  want.add("linear", Linear{mapped, {1, 2, 3}});
  const Graph got = file.import().value();
  EXPECT_EQ(kinds(got), "input average_pool flatten linear");
  expect_equal(got, std::move(want).finish().value(), 6);
}

TEST(ImportOnnx, NamesNodesAsTheFileDoesAndOnlyOnce) {
  OnnxFile file({2, 3, 3});
  file.proto.mutable_graph()->set_name("a\nb");
  for (int i = 0; i < 2; ++i) {
    const std::string before = i == 0 ? "x" : file.proto.graph().node(0).output(0);
    auto& conv = file.raw("Conv", {before, file.constant(Tensor{{2, 2, 1, 1}, {1, 2, 3, 4}})});
    conv.set_name("\xff same");
  }
  file.node("Flatten", {file.proto.graph().node(1).output(0)});
  const Graph got = file.import().value();
  EXPECT_EQ(got.name, "a?b");
  EXPECT_EQ(got.nodes[1].name, "? same");
  EXPECT_EQ(got.nodes[2].name, "? same_2");
}

}  // namespace
}  // namespace veilray::graph::onnx
