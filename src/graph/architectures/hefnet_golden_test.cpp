// hefnet against numbers that PyTorch computed in double, on weights that both sides make from a
// formula: tests/oracles/hefnet_oracle.py --golden.
#include <gtest/gtest.h>

#include <cmath>

#include "graph/architectures/registry.h"
#include "graph/graphs_testing.h"
#include "graph/interpret.h"
#include "graph/passes/pipeline.h"

namespace veilray::graph {
namespace {

struct Golden {
  std::int64_t in_channels, size;
  std::vector<float> logits;
};

const Golden kGolden[] = {
    {4,
     32,
     {14.3925258F, -37.9474197F, -46.3228104F, -10.2993185F, 3.12517885F, 18.3727355F, 6.93717265F,
      7.26523136F, 5.03776598F, 10.9180031F, -10.4292966F, 6.1830911F, -1.5533434F, 19.0484716F}},
    {3,
     16,
     {-3.54093838F, -4.23987904F, -7.40495684F, -7.73675579F, 13.8070497F, 12.7936418F,
      -8.32225695F, 3.37510036F, -8.34255694F, 20.666511F, 14.5430643F, -12.3394856F, -5.37350348F,
      -1.69844031F}},
};

Tensor golden_values(std::uint32_t index, const Shape& shape) {
  Tensor tensor = Tensor::zeros(shape);
  std::uint32_t state = index * 7919 + 12345;
  for (float& value : tensor.data) {
    state = state * 1664525U + 1013904223U;
    value = static_cast<float>(state >> 8) * 0x1p-24F - 0.5F;
  }
  return tensor;
}

tensor::TensorFile golden_weights(const ArchitectureSpec& spec) {
  tensor::TensorFile file;
  std::uint32_t index = 0;
  for (const auto& [name, shape] : expected_tensors(spec).value()) {
    Tensor& values = file.tensors[name] = golden_values(index++, shape);
    const auto fan_in = static_cast<double>(values.data.size()) / static_cast<double>(shape[0]);
    const auto factor = static_cast<float>(3 / std::sqrt(fan_in));
    const bool around_one =
        name.ends_with("running_var") || name.ends_with(".weight") || name.ends_with(".beta");
    for (float& value : values.data) {
      if (shape.size() > 1) {
        value *= factor;
      } else if (around_one) {
        value += 1;
      }
    }
  }
  return file;
}

TEST(HefnetGolden, MatchesPyTorchBeforeAndAfterLowering) {
  for (const Golden& golden : kGolden) {
    const ArchitectureSpec spec{.in_channels = golden.in_channels, .size = golden.size};
    const Graph graph = build(spec, golden_weights(spec)).value();
    Tensor image = golden_values(1000, graph.input_shape());
    for (float& value : image.data) value *= 4;
    const Tensor want{{14}, golden.logits};
    EXPECT_LT(testing_graphs::relative_error(run(graph, image), want), 1e-5) << golden.size;
    const Graph lowered = lower_to_linear_and_polynomial(graph).value();
    EXPECT_LT(testing_graphs::relative_error(run(lowered, image), want), 1e-5) << golden.size;
  }
}

}  // namespace
}  // namespace veilray::graph
