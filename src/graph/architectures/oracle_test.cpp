// Every network against PyTorch itself, on the same weight file; skipped where there is no PyTorch.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cmath>
#include <cstdlib>
#include <string>

#include "base/test_folder.h"
#include "graph/architectures/random_weights.h"
#include "graph/graphs_testing.h"
#include "graph/interpret.h"
#include "tensor/npy.h"

namespace veilray::graph {
namespace {

constexpr int kNoTorch = 77;
constexpr std::int64_t kImages = 4;

struct Case {
  ArchitectureSpec spec;
  std::string stem;  // of its three files
};

int run_oracle(const std::string& arguments) {
  const std::string script = std::string(VEILRAY_ORACLES) + "/classifier_oracle.py";
  const int status = std::system(("/usr/bin/python3 '" + script + "'" + arguments).c_str());
  if (!WIFEXITED(status)) return -1;
  constexpr int kNoPython = 127;
  return WEXITSTATUS(status) == kNoPython ? kNoTorch : WEXITSTATUS(status);
}

/// Random weights in which every activation differs from every other, so that a mix-up shows.
tensor::TensorFile weights_for(const ArchitectureSpec& spec) {
  auto file = random_weights(spec, 5).value();
  float factor = 1;
  for (auto& [name, tensor] : file.tensors) {
    if (tensor.shape == Shape{1}) tensor.data[0] *= factor;
    factor = factor > 1.2F ? 0.8F : factor + 0.03F;
  }
  return file;
}

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
  const Graph graph = build(spec, weights_for(spec)).value();
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
    ASSERT_TRUE(tensor::save_safetensors(stem + ".safetensors", weights_for(spec)).ok());
    ASSERT_TRUE(tensor::save_npy(stem + ".npy", images_for(spec)).ok());
    arguments += " " + spec.name + " " + spec.attention + " " + stem + ".safetensors " + stem +
                 ".npy " + stem + "-logits.npy";
    cases.push_back({spec, stem});
  }
  const int exit_code = run_oracle(arguments);
  if (exit_code == kNoTorch) GTEST_SKIP() << "/usr/bin/python3 has no torch (python3-torch)";
  ASSERT_EQ(exit_code, 0);
  for (const auto& [spec, stem] : cases) {
    SCOPED_TRACE(spec.name + " " + spec.attention + " " + std::to_string(spec.size));
    expect_logits(spec, tensor::load_npy(stem + "-logits.npy").value());
  }
}

}  // namespace
}  // namespace veilray::graph
