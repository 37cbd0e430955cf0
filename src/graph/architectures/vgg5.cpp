#include <string>

#include "graph/architectures/attention.h"
#include "graph/architectures/networks.h"

namespace veilray::graph {

void describe_vgg5(Layers& net, const std::string& kind, std::int64_t outputs) {
  NodeId x = net.input();
  for (int i = 1; i <= 4; ++i) {
    const std::string number = std::to_string(i);
    x = net.convolution("conv" + number, x,
                        {.out = std::int64_t{16} << i,
                         .kernel = 3,
                         .groups = i == 1 ? 1 : 8,
                         .padding = 1,
                         .bias = false});
    x = net.activation("relu" + number, x);
    if (i == 4) x = attention(net, kind, "attn", x);
    x = net.pool("pool" + number, x);
  }
  net.linear("linear1", net.flatten("flatten", x), outputs, false);
}

}  // namespace veilray::graph
