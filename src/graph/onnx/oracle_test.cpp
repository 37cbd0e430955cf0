// What torch.onnx.export writes against PyTorch itself; skipped where there is no PyTorch.
#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <string>

#include "base/test_folder.h"
#include "base/test_oracle.h"
#include "graph/architectures/networks_testing.h"
#include "graph/interpret.h"
#include "graph/onnx/import.h"
#include "graph/print.h"
#include "tensor/npy.h"

namespace veilray::graph::onnx {
namespace {

const std::string kScript = std::string(VEILRAY_ORACLES) + "/onnx_oracle.py";

/// What the operations are, in order; the exporter folds norms into convolutions.
std::string kinds_but_norms(const Graph& graph) {
  std::string all;
  for (const Node& node : graph.nodes)
    if (!std::holds_alternative<BatchNorm>(node.op)) all += std::string(op_name(node.op)) + " ";
  return all;
}

/// The same logits, and the same operations in the same order.
void expect_same(const Graph& got, const Graph& want) {
  ASSERT_EQ(got.input_shape(), want.input_shape());
  testing_graphs::Draw draw(6);
  for (int image = 0; image < 2; ++image) {
    const Tensor input = draw.tensor(want.input_shape(), 2);
    const Tensor logits = run(got, input), wanted = run(want, input);
    ASSERT_EQ(logits.shape, wanted.shape);
    for (std::size_t i = 0; i < logits.data.size(); ++i)
      EXPECT_NEAR(logits.data[i], wanted.data[i], 1e-4F + 1e-5F * std::abs(wanted.data[i])) << i;
  }
  EXPECT_EQ(kinds_but_norms(got), kinds_but_norms(want));
}

std::vector<ArchitectureSpec> all_networks() {
  std::vector<ArchitectureSpec> specs;
  for (const std::string& name : available_architectures())
    for (const char* attention : {"none", "se", "cbam"})
      specs.push_back({name, attention, 3, name == "lenet" ? 32 : 16});
  return specs;
}

/// One process of Python exports all networks: PyTorch takes seconds to load.
class OnnxOracle : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_.emplace();
    std::string arguments = " '" + folder_->path().string() + "'";
    int count = 0;
    for (const auto& spec : all_networks()) {
      const std::string stem = (*folder_ / std::to_string(count++)).string();
      ASSERT_TRUE(
          tensor::save_safetensors(stem + ".safetensors", testing_graphs::distinct_weights(spec))
              .ok());
      arguments += " " + spec.name + " " + spec.attention + " " + std::to_string(spec.in_channels) +
                   " " + std::to_string(spec.size) + " " + stem + ".safetensors " + stem + ".onnx";
    }
    exit_code_ = run_oracle(kScript, arguments);
  }
  static void TearDownTestSuite() { folder_.reset(); }
  void SetUp() override {
    if (exit_code_ == kNoPackage) GTEST_SKIP() << "/usr/bin/python3 has no torch (python3-torch)";
    ASSERT_EQ(exit_code_, 0);
  }

  static inline std::optional<TestFolder> folder_;
  static inline int exit_code_ = -1;
};

TEST_F(OnnxOracle, ExportsOfTheBuiltInNetworksAreThem) {
  const auto specs = all_networks();
  for (std::size_t i = 0; i < specs.size(); ++i) {
    SCOPED_TRACE(specs[i].name + " " + specs[i].attention);
    const auto imported = load(*folder_ / (std::to_string(i) + ".onnx"));
    ASSERT_TRUE(imported.ok()) << imported.failure().line();
    expect_same(imported.value(),
                build(specs[i], testing_graphs::distinct_weights(specs[i])).value());
  }
}

/// Logits of the images in NAME-in.npy against PyTorch's in NAME-out.npy.
void expect_logits(const std::string& stem) {
  const auto imported = load(stem + ".onnx");
  ASSERT_TRUE(imported.ok()) << imported.failure().line();
  const Tensor images = tensor::load_npy(stem + "-in.npy").value();
  const Tensor want = tensor::load_npy(stem + "-out.npy").value();
  const Shape shape(images.shape.begin() + 1, images.shape.end());
  const auto size = static_cast<std::ptrdiff_t>(tensor::element_count(shape));
  ASSERT_EQ(imported.value().input_shape(), shape);
  ASSERT_GT(images.shape[0], 0);
  for (std::int64_t image = 0; image < images.shape[0]; ++image) {
    const auto begin = images.data.begin() + image * size;
    const Tensor got = run(imported.value(), {shape, {begin, begin + size}});
    ASSERT_EQ(got.shape, Shape{want.shape[1]});
    for (std::size_t i = 0; i < got.data.size(); ++i) {
      const float wanted = want.data[static_cast<std::size_t>(image) * got.data.size() + i];
      EXPECT_NEAR(got.data[i], wanted, 1e-4F + 1e-5F * std::abs(wanted))
          << "image " << image << " logit " << i << "\n"
          << to_text(imported.value());
    }
  }
}

TEST_F(OnnxOracle, AgreesOnNetworksThatSpellThingsInOtherWays) {
  for (const char* name : {"spread", "pools", "means", "residual", "gate", "squares", "activations",
                           "activations17", "dynamic", "unfolded"}) {
    SCOPED_TRACE(name);
    expect_logits((*folder_ / name).string());
  }
}

}  // namespace
}  // namespace veilray::graph::onnx
