#include <array>
#include <string>

#include "graph/architectures/attention.h"
#include "graph/architectures/networks.h"

namespace veilray::graph {

void describe_hefnet(Layers& net, const std::string& kind, std::int64_t outputs) {
  // At 16x16 only 2x2 is left for the last convolution, which then is 1x1.
  const std::int64_t last_kernel = net.shape(net.input())[1] == 16 ? 1 : 3;
  const std::array<ConvolutionShape, 4> shapes{{{.out = 64, .kernel = 3},
                                                {.out = 128, .kernel = 3, .groups = 8},
                                                {.out = 256, .kernel = 3, .groups = 8},
                                                {.out = 256, .kernel = last_kernel, .groups = 8}}};
  NodeId x = net.input();
  for (std::size_t i = 1; i <= shapes.size(); ++i) {
    const std::string number = std::to_string(i);
    x = net.batch_norm("bn" + number, net.convolution("conv" + number, x, shapes[i - 1]));
    if (i == shapes.size()) x = attention(net, kind, "attn", x);
    x = net.activation("relu" + number, x);
    if (i > 1) x = net.pool("pool" + number, x);
  }
  net.linear("linear1", net.flatten("flatten", x), outputs);
}

}  // namespace veilray::graph
