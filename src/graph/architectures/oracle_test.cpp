// Every network against PyTorch itself, on the same weight file; skipped where there is no PyTorch.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "base/test_folder.h"
#include "base/test_oracle.h"
#include "graph/architectures/networks_testing.h"
#include "graph/interpret.h"
#include "tensor/npy.h"

namespace veilray::graph {
namespace {

const std::string kScript = std::string(VEILRAY_ORACLES) + "/classifier_oracle.py";

constexpr std::int64_t kImages = 4;

struct Case {
  ArchitectureSpec spec;
  std::string stem;  // of its three files
};

Tensor images_for(const ArchitectureSpec& spec) {
  return testing_graphs::Draw(6).tensor({kImages, spec.in_channels, spec.size, spec.size}, 2);
}

Tensor image_of(const Tensor& images, std::int64_t index) {
  const Shape shape(images.shape.begin() + 1, images.shape.end());
  const auto count = static_cast<std::ptrdiff_t>(tensor::element_count(shape));
  const auto begin = images.data.begin() + index * count;
  return {shape, {begin, begin + count}};
}

void expect_logits(const ArchitectureSpec& spec, const Tensor& want) {
  ASSERT_EQ(want.shape, (Shape{kImages, 14}));
  const Graph graph = build(spec, testing_graphs::distinct_weights(spec)).value();
  for (std::int64_t image = 0; image < kImages; ++image) {
    const Tensor got = run(graph, image_of(images_for(spec), image));
    for (std::size_t i = 0; i < 14; ++i) {
      const float logit = want.data[static_cast<std::size_t>(image) * 14 + i];
      const float bound = 1e-4F + 1e-5F * std::abs(logit);
      EXPECT_NEAR(got.data[i], logit, bound) << "image " << image << " logit " << i;
    }
  }
}

std::vector<ArchitectureSpec> all_networks() {
  std::vector<ArchitectureSpec> specs;
  for (const std::string& name : available_architectures()) {
    for (const char* attention : {"none", "se", "cbam"}) {
      specs.push_back({name, attention, 3, name == "lenet" ? 32 : 16});
    }
  }
  specs.push_back({"hefnet", "none", 4, 32});  // whose fourth convolution is another
  return specs;
}

TEST(Oracle, AgreesWithEveryNetworkOnTheSameFile) {
  const TestFolder folder;
  std::vector<Case> cases;
  std::string arguments;  // one Python process for all: PyTorch takes seconds to load
  for (const auto& spec : all_networks()) {
    const std::string stem = (folder / std::to_string(cases.size())).string();
    ASSERT_TRUE(
        tensor::save_safetensors(stem + ".safetensors", testing_graphs::distinct_weights(spec))
            .ok());
    ASSERT_TRUE(tensor::save_npy(stem + ".npy", images_for(spec)).ok());
    arguments += " " + spec.name + " " + spec.attention + " " + stem + ".safetensors " + stem +
                 ".npy " + stem + "-logits.npy";
    cases.push_back({spec, stem});
  }
  const int exit_code = run_oracle(kScript, arguments);
  if (exit_code == kNoPackage) GTEST_SKIP() << "/usr/bin/python3 has no torch (python3-torch)";
  ASSERT_EQ(exit_code, 0);
  for (const auto& [spec, stem] : cases) {
    SCOPED_TRACE(spec.name + " " + spec.attention + " " + std::to_string(spec.size));
    expect_logits(spec, tensor::load_npy(stem + "-logits.npy").value());
  }
}

}  // namespace
}  // namespace veilray::graph
