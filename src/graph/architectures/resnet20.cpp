#include <string>

#include "graph/architectures/attention.h"
#include "graph/architectures/networks.h"

namespace veilray::graph {
namespace {

NodeId normed_convolution(Layers& net, const std::string& convolution, const std::string& norm,
                          NodeId in, const ConvolutionShape& shape) {
  return net.batch_norm(norm, net.convolution(convolution, in, shape));
}

NodeId block(Layers& net, const std::string& kind, const std::string& name, NodeId in,
             std::int64_t channels, std::int64_t stride) {
  const ConvolutionShape first{
      .out = channels, .kernel = 3, .stride = stride, .padding = 1, .bias = false};
  NodeId x = normed_convolution(net, name + ".conv1", name + ".bn1", in, first);
  x = net.activation(name + ".relu", x);
  const ConvolutionShape second{.out = channels, .kernel = 3, .padding = 1, .bias = false};
  x = normed_convolution(net, name + ".conv2", name + ".bn2", x, second);
  x = attention(net, kind, name + ".attn", x);
  NodeId shortcut = in;
  if (stride != 1) {
    const ConvolutionShape match{.out = channels, .kernel = 1, .stride = stride, .bias = false};
    shortcut = normed_convolution(net, name + ".shortcut.0", name + ".shortcut.1", in, match);
  }
  return net.add(name, x, shortcut);
}

}  // namespace

void describe_resnet20(Layers& net, const std::string& kind, std::int64_t outputs) {
  const ConvolutionShape stem{.out = 16, .kernel = 3, .padding = 1, .bias = false};
  NodeId x = normed_convolution(net, "conv1", "bn1", net.input(), stem);
  x = net.activation("relu", x);
  for (int layer = 1; layer <= 3; ++layer) {
    for (int number = 0; number < 3; ++number) {
      const std::string name = "layer" + std::to_string(layer) + "." + std::to_string(number);
      const bool enters = layer > 1 && number == 0;
      x = block(net, kind, name, x, std::int64_t{8} << layer, enters ? 2 : 1);
    }
  }
  net.linear("linear", net.global_mean("pool", x), outputs);
}

}  // namespace veilray::graph
