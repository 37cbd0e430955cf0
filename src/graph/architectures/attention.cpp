#include "graph/architectures/attention.h"

namespace veilray::graph {
namespace {

constexpr std::int64_t kSqueezeReduction = 16, kCbamReduction = 4;

NodeId squeeze_and_excite(Layers& net, const std::string& name, NodeId in, std::int64_t channels) {
  NodeId x = net.global_mean(name + ".mean", in);
  x = net.linear(name + ".linear1", x, channels / kSqueezeReduction);
  x = net.activation(name + ".lelu", x);
  x = net.linear(name + ".linear2", x, channels);
  return net.gate(name, in, net.cubic(name + ".sigmoid", x));
}

NodeId channel_gate(Layers& net, const std::string& name, NodeId in, std::int64_t channels) {
  const std::string gate = name + ".ChannelGate";
  const NodeId mean = net.global_mean(gate + ".avg_pool", in);
  const NodeId first = net.linear(gate + ".mlp.1", mean, channels / kCbamReduction);
  const NodeId second = net.activation(gate + ".mlp.2", first);
  const NodeId third = net.linear(gate + ".mlp.3", second, channels);

  const NodeId squares = net.scaled_square(gate + ".max_pool", in);
  NodeId x = net.global_mean(gate + ".max_pool.mean", squares);
  x = net.again(gate + ".max_pool.mlp.1", first, x);
  x = net.again(gate + ".max_pool.mlp.2", second, x);
  x = net.again(gate + ".max_pool.mlp.3", third, x);

  x = net.add(gate + ".sum", third, x);
  return net.gate(name, in, net.cubic(gate + ".sigmoid", x));
}

}  // namespace

NodeId attention(Layers& net, const std::string& kind, const std::string& name, NodeId in) {
  if (kind == "none" || !net.status().ok()) return in;
  const std::int64_t channels = net.shape(in)[0];
  return kind == "se" ? squeeze_and_excite(net, name, in, channels)
                      : channel_gate(net, name, in, channels);
}

}  // namespace veilray::graph
