#include "graph/architectures/attention.h"
#include "graph/architectures/networks.h"

namespace veilray::graph {

void describe_lenet(Layers& net, const std::string& kind, std::int64_t outputs) {
  NodeId x = net.convolution("conv1", net.input(), {.out = 32, .kernel = 5});
  x = net.pool("pool1", net.activation("relu1", x));
  x = net.convolution("conv2", x, {.out = 64, .kernel = 5, .groups = 4});
  x = net.pool("pool2", net.activation("relu2", x));
  x = net.convolution("conv3", x, {.out = 128, .kernel = 5});
  x = net.activation("relu3", attention(net, kind, "attn", x));
  x = net.global_mean("pool3", x);
  x = net.activation("relu4", net.linear("linear1", x, 64));
  net.linear("linear2", x, outputs);
}

}  // namespace veilray::graph
