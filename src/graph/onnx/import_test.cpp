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

TEST(ImportOnnx, LeavesThePaddingOfAPoolOut) {
  OnnxFile file({1, 2, 2});
  const auto pool =
      file.node("AveragePool", {"x"}, {{"kernel_shape", {2, 2}}, {"pads", {1, 1, 0, 0}}});
  file.node("Flatten", {pool});
  const Tensor got = run(file.import().value(), {{1, 2, 2}, {4, 8, 12, 16}});
  EXPECT_EQ(got.data, (std::vector<float>{4, 6, 8, 10}));
}

TEST(ImportOnnx, MovesAWindowBeyondTheMapInCeilMode) {
  OnnxFile file({1, 2, 4});
  const auto pool = file.node("AveragePool", {"x"}, {{"kernel_shape", {2, 3}}, {"strides", {2, 2}}},
                              {{"ceil_mode", 1}});
  file.node("Flatten", {pool});
  const Tensor got = run(file.import().value(), {{1, 2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}});
  EXPECT_EQ(got.data, (std::vector<float>{4, 5.5F}));
}

/// One axis of a pool as ONNX and PyTorch say.
struct PoolAxis {
  std::int64_t extent, kernel, stride, before, after;
  bool counts_padding, rounds_up;

  /// Where windows begin.
  std::vector<std::int64_t> begins() const {
    std::vector<std::int64_t> found;
    std::int64_t begin = -before;
    for (; begin + kernel <= extent + after; begin += stride) found.push_back(begin);
    const bool is_whole = begin - stride + kernel == extent + after;
    if (rounds_up && !is_whole && begin < extent) found.push_back(begin);
    return found;
  }
  std::int64_t counted(std::int64_t begin) const {
    std::int64_t count = 0;
    for (std::int64_t i = begin; i < begin + kernel; ++i)
      count += counts_padding ? i < extent + after : i >= 0 && i < extent;
    return count;
  }
};

std::vector<float> pooled(const Tensor& map, const PoolAxis& rows, const PoolAxis& columns) {
  std::vector<float> out;
  for (std::int64_t c = 0; c < map.shape[0]; ++c)
    for (const auto top : rows.begins())
      for (const auto left : columns.begins()) {
        double sum = 0;
        for (auto y = std::max<std::int64_t>(top, 0); y < std::min(top + rows.kernel, rows.extent);
             ++y)
          for (auto x = std::max<std::int64_t>(left, 0);
               x < std::min(left + columns.kernel, columns.extent); ++x)
            sum += map.data[static_cast<std::size_t>((c * rows.extent + y) * columns.extent + x)];
        const auto count = rows.counted(top) * columns.counted(left);
        out.push_back(static_cast<float>(sum / static_cast<double>(count)));
      }
  return out;
}

TEST(ImportOnnx, TakesMeansAsTheDefinitionSays) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Draw draw(seed);
    const bool counts = draw.coin(), up = draw.coin();
    const std::int64_t stride = 1 + draw.below(4);
    const auto axis = [&] {
      const std::int64_t kernel = 1 + draw.below(4);
      return PoolAxis{kernel + draw.below(5), kernel, stride, draw.below(kernel),
                      draw.below(kernel),     counts, up};
    };
    const PoolAxis y = axis(), x = axis();
    OnnxFile file({2, y.extent, x.extent});
    const auto pool = file.node("AveragePool", {"x"},
                                {{"kernel_shape", {y.kernel, x.kernel}},
                                 {"strides", {stride, stride}},
                                 {"pads", {y.before, x.before, y.after, x.after}}},
                                {{"count_include_pad", counts}, {"ceil_mode", up}});
    file.node("Flatten", {pool});
    const auto imported = file.import();
    ASSERT_TRUE(imported.ok()) << "seed " << seed << ": " << imported.failure().line();
    const Tensor map = draw.tensor({2, y.extent, x.extent}, 1);
    const auto want = pooled(map, y, x);
    const auto count = static_cast<std::int64_t>(want.size());
    EXPECT_LT(testing_graphs::relative_error(run(imported.value(), map), {{count}, want}), 1e-5)
        << "seed " << seed << "\n"
        << to_text(imported.value());
  }
}

TEST(ImportOnnx, CountsZerosThatPadPutBeforeAMeanThatLeavesItsOwnOut) {
  OnnxFile file({1, 1, 2});
  const auto padded = file.node("Pad", {"x", file.integers({0, 0, 0, 1, 0, 0, 0, 0})});
  const auto pool =
      file.node("AveragePool", {padded}, {{"kernel_shape", {1, 3}}, {"pads", {0, 1, 0, 1}}});
  file.node("Flatten", {pool});
  const Tensor got = run(file.import().value(), {{1, 1, 2}, {6, 12}});
  EXPECT_EQ(got.data, (std::vector<float>{3, 6, 9}));
}

/// [1, 1, 4] to the sums, or means, over windows of 3 at steps of 2.
std::vector<float> with_auto_pad(const std::string& how, bool mean) {
  OnnxFile file({1, 1, 4});
  std::vector<std::string> inputs{"x"};
  if (!mean) inputs.push_back(file.constant(Tensor{{1, 1, 1, 3}, {1, 1, 1}}));
  const auto map = file.node(mean ? "AveragePool" : "Conv", inputs,
                             {{"kernel_shape", {1, 3}}, {"strides", {2, 2}}});
  auto* attribute = file.proto.mutable_graph()->mutable_node(0)->add_attribute();
  attribute->set_name("auto_pad");
  attribute->set_type(::onnx::AttributeProto::STRING);
  attribute->set_s(how);
  file.node("Flatten", {map});
  return run(file.import().value(), {{1, 1, 4}, {1, 2, 3, 4}}).data;
}

TEST(ImportOnnx, PadsByItselfAsAutoPadSays) {
  using Floats = std::vector<float>;
  EXPECT_EQ(with_auto_pad("SAME_UPPER", false), (Floats{6, 7}));
  EXPECT_EQ(with_auto_pad("SAME_LOWER", false), (Floats{3, 9}));
  EXPECT_EQ(with_auto_pad("VALID", false), (Floats{6}));
  EXPECT_EQ(with_auto_pad("SAME_UPPER", true), (Floats{2, 3.5F}));
  EXPECT_EQ(with_auto_pad("SAME_LOWER", true), (Floats{1.5F, 3}));
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
