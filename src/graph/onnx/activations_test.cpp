// Activations that are no polynomials, by their definitions, in the spellings of exporters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "graph/activation.h"
#include "graph/interpret.h"
#include "graph/onnx/onnx_testing.h"
#include "graph/print.h"

namespace veilray::graph::onnx {
namespace {

using ::testing::HasSubstr;

/// "x", [1, 1, 3, 3], and what is done to it; flattened at the end.
Result<Graph> network(const std::function<std::string(OnnxFile&)>& build) {
  OnnxFile file({1, 3, 3});
  file.node("Flatten", {build(file)});
  return file.import();
}

/// One Activation of that name, and nothing else that computes, with those values.
void expect_one(const Result<Graph>& graph, const std::string& name,
                const std::function<double(double)>& want) {
  ASSERT_TRUE(graph.ok()) << graph.failure().line();
  const Graph& network = graph.value();
  ASSERT_EQ(network.nodes.size(), 3U) << to_text(network);
  EXPECT_EQ(op_name(network.nodes[1].op), name);
  const Tensor x{{1, 3, 3}, {-5, -1.5, -0.7, -0.1, 0, 0.3, 0.9, 2, 6}};
  const Tensor got = run(network, x);
  for (std::size_t i = 0; i < x.data.size(); ++i)
    EXPECT_NEAR(double{got.data[i]}, want(double{x.data[i]}), 1e-6) << name << " of " << x.data[i];
}

std::string with_number(OnnxFile& file, const std::string& type, const std::string& name,
                        float value) {
  auto& node = file.raw(type, {"x"});
  auto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(::onnx::AttributeProto::FLOAT);
  attribute->set_f(value);
  return node.output(0);
}

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }
double gelu_of(double x) { return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2)); }

TEST(ImportOnnx, TakesActivationsByTheirDefinitions) {
  const auto plain = [](const char* type) {
    return network([&](OnnxFile& file) { return file.node(type, {"x"}); });
  };
  expect_one(plain("Relu"), "relu", [](double x) { return std::max(x, 0.0); });
  expect_one(plain("Sigmoid"), "sigmoid", sigmoid_of);
  expect_one(plain("Tanh"), "tanh", [](double x) { return std::tanh(x); });
  expect_one(plain("Erf"), "erf", [](double x) { return std::erf(x); });
  expect_one(plain("Softplus"), "softplus", [](double x) { return std::log(1 + std::exp(x)); });
  expect_one(plain("LeakyRelu"), "leaky_relu", [](double x) { return std::max(x, 0.01 * x); });
  expect_one(plain("Elu"), "elu", [](double x) { return x > 0 ? x : std::exp(x) - 1; });
  expect_one(plain("Selu"), "elu",
             [](double x) { return 1.05070102 * (x > 0 ? x : 1.67326319 * (std::exp(x) - 1)); });
  expect_one(plain("HardSigmoid"), "clip",
             [](double x) { return std::clamp(0.2 * x + 0.5, 0.0, 1.0); });
  expect_one(plain("HardSwish"), "hard_swish",
             [](double x) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); });
}

TEST(ImportOnnx, TakesWhatAttributesSayOfActivations) {
  const auto with = [](const char* type, float alpha) {
    return network([&](OnnxFile& file) { return with_number(file, type, "alpha", alpha); });
  };
  expect_one(with("LeakyRelu", 0.25F), "leaky_relu",
             [](double x) { return std::max(x, 0.25 * x); });
  expect_one(with("Elu", 2), "elu", [](double x) { return x > 0 ? x : 2 * (std::exp(x) - 1); });
  expect_one(with("Celu", 2), "elu",
             [](double x) { return x > 0 ? x : 2 * (std::exp(x / 2) - 1); });
  expect_one(
      network([](OnnxFile& file) { return file.node("PRelu", {"x", file.constant({0.5F})}); }),
      "leaky_relu", [](double x) { return std::max(x, 0.5 * x); });
  expect_one(network([](OnnxFile& file) {
               return file.node("Clip", {"x", file.number(-1), file.number(2)});
             }),
             "clip", [](double x) { return std::clamp(x, -1.0, 2.0); });
  expect_one(network([](OnnxFile& file) { return file.node("Clip", {"x", "", file.number(1)}); }),
             "clip", [](double x) { return std::min(x, 1.0); });
}

TEST(ImportOnnx, FindsSiluAndGeluInTheirChains) {
  expect_one(
      network([](OnnxFile& file) { return file.node("Mul", {"x", file.node("Sigmoid", {"x"})}); }),
      "silu", [](double x) { return x * sigmoid_of(x); });
  expect_one(network([](OnnxFile& file) {
               const auto gate =
                   file.node("Sigmoid", {file.node("Mul", {"x", file.number(1.702)})});
               return file.node("Mul", {gate, "x"});
             }),
             "silu", [](double x) { return x * sigmoid_of(1.702 * x); });
  for (const bool halved_first : {false, true})
    expect_one(network([&](OnnxFile& file) {
                 const auto erf =
                     file.node("Erf", {file.node("Div", {"x", file.number(std::numbers::sqrt2)})});
                 const auto sum = file.node("Add", {erf, file.number(1)});
                 if (halved_first)
                   return file.node("Mul", {file.node("Mul", {"x", file.number(0.5)}), sum});
                 return file.node("Mul", {file.node("Mul", {"x", sum}), file.number(0.5)});
               }),
               "gelu", gelu_of);
  expect_one(network([](OnnxFile& file) {  // by tanh
               const auto cube = file.node("Pow", {"x", file.number(3)});
               const auto inner = file.node(
                   "Mul", {file.node("Add", {"x", file.node("Mul", {cube, file.number(0.044715)})}),
                           file.number(0.7978845608)});
               const auto sum = file.node("Add", {file.node("Tanh", {inner}), file.number(1)});
               return file.node("Mul", {file.node("Mul", {"x", file.number(0.5)}), sum});
             }),
             "gelu", [](double x) {
               return 0.5 * x * (1 + std::tanh(0.7978845608 * (x + 0.044715 * x * x * x)));
             });
  expect_one(network([](OnnxFile& file) {
               const auto sum = file.node("Add", {"x", file.number(3)});
               const auto clip = file.node("Clip", {sum, file.number(0), file.number(6)});
               return file.node("Mul", {"x", file.node("Div", {clip, file.number(6)})});
             }),
             "hard_swish", [](double x) { return x * std::clamp(x + 3, 0.0, 6.0) / 6; });
}

TEST(ImportOnnx, FoldsFactorsAndOffsetsIntoActivations) {
  expect_one(network([](OnnxFile& file) {
               const auto relu = file.node("Relu", {file.node("Sub", {file.number(1), "x"})});
               return file.node("Sub", {file.node("Mul", {relu, file.number(-3)}), file.number(2)});
             }),
             "relu", [](double x) { return -3 * std::max(1 - x, 0.0) - 2; });
  expect_one(network([](OnnxFile& file) {
               const auto silu = file.node("Mul", {"x", file.node("Sigmoid", {"x"})});
               return file.node("Add",
                                {file.number(0.25), file.node("Mul", {silu, file.number(2)})});
             }),
             "silu", [](double x) { return 2 * x * sigmoid_of(x) + 0.25; });
}

TEST(ImportOnnx, KeepsAnActivationThatIsReadTwiceAsOneNode) {
  const auto graph = network([](OnnxFile& file) {
    const auto relu = file.node("Relu", {"x"});
    const auto mean = file.node("Conv", {relu, file.constant(Tensor{{1, 1, 1, 1}, {2}})});
    return file.node("Add", {mean, file.node("Mul", {relu, relu})});
  });
  ASSERT_TRUE(graph.ok()) << graph.failure().line();
  const auto is_activation = [](const Node& node) {
    return std::holds_alternative<Activation>(node.op);
  };
  EXPECT_EQ(std::ranges::count_if(graph.value().nodes, is_activation), 1) << to_text(graph.value());
  const Tensor got = run(graph.value(), {{1, 3, 3}, {-3, 0, 1, 2, 3, 4, 5, 6, 7}});
  for (std::size_t i = 0; i < 9; ++i) {
    const float x = i == 0 ? 0 : static_cast<float>(i - 1);
    EXPECT_NEAR(got.data[i], 2 * x + x * x, 1e-5);
  }
}

TEST(ImportOnnx, FailsIfAnActivationsParametersAreNone) {
  EXPECT_THAT(network([](OnnxFile& file) {
                return file.node("Clip", {"x", file.number(2), file.number(1)});
              })
                  .failure()
                  .line(),
              HasSubstr("above the upper one"));
  EXPECT_THAT(network([](OnnxFile& file) {
                return file.node("PRelu", {"x", file.constant({0.5F, 0.25F})});
              })
                  .failure()
                  .line(),
              HasSubstr("a slope for each channel"));
  EXPECT_THAT(network([](OnnxFile& file) { return with_number(file, "Celu", "alpha", 0); })
                  .failure()
                  .line(),
              HasSubstr("alpha of 0"));
  EXPECT_THAT(network([](OnnxFile& file) {
                return file.node("Mul", {file.node("Tanh", {"x"}), file.node("Sigmoid", {"x"})});
              })
                  .failure()
                  .line(),
              HasSubstr("a product of two different tensors"));
}

}  // namespace
}  // namespace veilray::graph::onnx
