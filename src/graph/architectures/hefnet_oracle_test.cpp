// hefnet against PyTorch itself, on the same weight file; skipped where there is no PyTorch.
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
  const std::string script = std::string(VEILRAY_ORACLES) + "/hefnet_oracle.py";
  const int status = std::system(("/usr/bin/python3 '" + script + "'" + arguments).c_str());
  if (!WIFEXITED(status)) return -1;
  constexpr int kNoPython = 127;
  return WEXITSTATUS(status) == kNoPython ? kNoTorch : WEXITSTATUS(status);
}

/// Random weights whose four activations differ, so that a mix-up shows.
tensor::TensorFile weights_for(const ArchitectureSpec& spec) {
  auto file = random_weights(spec, 5).value();
  file.tensors.at("relu2.alpha").data[0] = -0.2F;
  file.tensors.at("relu3.beta").data[0] = 0.7F;
  file.tensors.at("relu4.c").data[0] = 0.3F;
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
      EXPECT_NEAR(got.data[i], logit, 1e-4) << "image " << image << " logit " << i;
    }
  }
}

TEST(HefnetOracle, AgreesWithPyTorchOnTheSameFile) {
  const TestFolder folder;
  const Case cases[] = {{{.in_channels = 4, .size = 32}, (folder / "large").string()},
                        {{.in_channels = 3, .size = 16}, (folder / "small").string()}};
  std::string arguments;  // one Python process for all: PyTorch takes seconds to load
  for (const auto& [spec, stem] : cases) {
    ASSERT_TRUE(tensor::save_safetensors(stem + ".safetensors", weights_for(spec)).ok());
    ASSERT_TRUE(tensor::save_npy(stem + ".npy", images_for(spec)).ok());
    arguments += " " + stem + ".safetensors " + stem + ".npy " + stem + "-logits.npy";
  }
  const int exit_code = run_oracle(arguments);
  if (exit_code == kNoTorch) GTEST_SKIP() << "/usr/bin/python3 has no torch (python3-torch)";
  ASSERT_EQ(exit_code, 0);
  for (const auto& [spec, stem] : cases) {
    SCOPED_TRACE(stem);
    expect_logits(spec, tensor::load_npy(stem + "-logits.npy").value());
  }
}

}  // namespace
}  // namespace veilray::graph
