// The networks against numbers that PyTorch computed in double, on weights that both sides make
// from a formula: tests/oracles/classifier_oracle.py --golden.
#include <gtest/gtest.h>

#include <cmath>

#include "graph/architectures/registry.h"
#include "graph/graphs_testing.h"
#include "graph/interpret.h"
#include "graph/passes/pipeline.h"

namespace veilray::graph {
namespace {

struct Golden {
  ArchitectureSpec spec;
  std::vector<float> logits;
};

const Golden kGolden[] = {
    {{"hefnet", "none", 4, 32},
     {14.3925258F, -37.9474197F, -46.3228104F, -10.2993185F, 3.12517885F, 18.3727355F, 6.93717265F,
      7.26523136F, 5.03776598F, 10.9180031F, -10.4292966F, 6.1830911F, -1.5533434F, 19.0484716F}},
    {{"hefnet", "none", 3, 16},
     {-3.54093838F, -4.23987904F, -7.40495684F, -7.73675579F, 13.8070497F, 12.7936418F,
      -8.32225695F, 3.37510036F, -8.34255694F, 20.666511F, 14.5430643F, -12.3394856F, -5.37350348F,
      -1.69844031F}},
    {{"lenet", "none", 4, 32},
     {-0.145298321F, -0.403016841F, 0.0869915425F, 0.0808728018F, 1.16522207F, 0.20182179F,
      0.48717415F, 0.390856812F, 0.399988316F, -0.108885519F, -0.409196435F, 1.55750024F,
      -0.201138436F, 0.723771813F}},
    {{"vgg5", "none", 4, 32},
     {-0.622354534F, -0.400491888F, -0.481803869F, -0.36923576F, -0.107926467F, -0.0397552099F,
      -0.354685961F, 0.447893504F, -0.00505699385F, -0.387610143F, -0.146129382F, 0.637548427F,
      -0.0455195978F, -0.128263803F}},
    {{"resnet20", "none", 4, 16},
     {-1.48132489F, 3.20151837F, 6.81566289F, 1.27762352F, -0.33380328F, -4.53435769F, 5.24320193F,
      2.71340917F, 3.62146239F, -5.05158298F, 0.201811262F, -1.64230663F, 1.37253227F,
      -7.86398275F}},
    {{"hefnet", "se", 3, 16},
     {-1.81685831F, -1.02525337F, 0.330948201F, -0.789373808F, 0.436721518F, 0.639243199F,
      0.316776457F, -1.02823797F, -0.315731935F, 0.652816007F, 1.0548689F, -1.70013786F,
      0.0856957874F, -0.173668909F}},
    {{"hefnet", "cbam", 3, 16},
     {0.653296867F, 0.285273656F, 0.132327413F, -1.23837081F, -0.488210069F, -0.982227858F,
      1.21739121F, -0.420884906F, -0.281065035F, -0.456188432F, 0.443602027F, -0.250589061F,
      0.541747814F, 0.09202159F}},
    {{"vgg5", "cbam", 2, 16},
     {-0.387595561F, 0.0419253775F, -0.0816622985F, 0.0941774561F, -0.241123984F, -0.347381926F,
      0.0938741786F, -0.286191841F, -0.435305599F, -0.137966935F, 0.106767426F, 0.332945162F,
      0.220128234F, -0.811531851F}},
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
  const bool tame = spec.name != "hefnet" || spec.attention != "none";
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
      } else if (tame && name.ends_with(".alpha")) {
        value /= 32;
      }
    }
  }
  return file;
}

TEST(GoldenLogits, AreThoseOfPyTorchBeforeAndAfterLowering) {
  for (const Golden& golden : kGolden) {
    SCOPED_TRACE(golden.spec.name + " " + golden.spec.attention);
    const Graph graph = build(golden.spec, golden_weights(golden.spec)).value();
    Tensor image = golden_values(1000, graph.input_shape());
    for (float& value : image.data) value *= 4;
    const Tensor want{{14}, golden.logits};
    EXPECT_LT(testing_graphs::relative_error(run(graph, image), want), 1e-5);
    const auto lowered = lower_to_linear_and_polynomial(graph);
    if (!lowered.ok()) continue;  // attention and residual sums stay
    EXPECT_LT(testing_graphs::relative_error(run(lowered.value(), image), want), 1e-5);
  }
}

}  // namespace
}  // namespace veilray::graph
