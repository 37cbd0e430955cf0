#pragma once
// For tests: random networks with residual sums.
#include <string>
#include <utility>

#include "graph/graphs_testing.h"

namespace veilray::graph::testing_graphs {

/// What a residual network is grown from: blocks of one or two convolutions beside a shortcut.
class ResidualDraw {
 public:
  explicit ResidualDraw(std::uint64_t seed)
      : draw_(seed), builder_("residual", {2, 7 + draw_.below(2), 8}) {}

  Graph network(std::int64_t blocks) {
    NodeId x = normed("conv0", NodeId{0}, 4, 3, 1);
    if (draw_.coin()) x = activation("act0", x);
    for (std::int64_t b = 1; b <= blocks; ++b) x = block("block" + std::to_string(b), x);
    if (builder_.shape(x)[1] > 1) x = builder_.add("pool", AveragePool{2, 2}, {x});
    const NodeId flat = builder_.add("flatten", Flatten{}, {x});
    builder_.add("linear", Linear{tame({3, builder_.shape(flat)[0]}), draw_.values(3, 0.2)});
    return std::move(builder_).finish().value();
  }

 private:
  /// Results of order one for inputs of order one.
  Tensor tame(const Shape& shape) {
    const double fan_in =
        static_cast<double>(tensor::element_count(shape)) / static_cast<double>(shape[0]);
    return draw_.tensor(shape, std::sqrt(2 / fan_in));
  }
  NodeId normed(const std::string& name, NodeId in, std::int64_t out, std::int64_t kernel,
                std::int64_t stride) {
    Conv2d conv{.weight = tame({out, builder_.shape(in)[0], kernel, kernel})};
    conv.stride = stride;
    conv.padding.fill(kernel / 2);
    const NodeId made = builder_.add(name, std::move(conv), {in});
    if (draw_.coin()) return made;
    BatchNorm norm = random_norm(draw_, out);
    for (float& variance : norm.variance) variance += 1;
    return builder_.add(name + ".bn", std::move(norm));
  }
  /// Bends up, down, or (one in four) not at all.
  NodeId activation(const std::string& name, NodeId in) {
    const double alpha = draw_.below(4) == 0 ? 0.0 : draw_.coin() ? 0.15 : -0.15;
    const double c = draw_.uniform(0.2), beta = draw_.uniform(0.8);
    return builder_.add(name, Polynomial{{c, beta, alpha}}, {in});
  }
  NodeId block(const std::string& name, NodeId in) {
    const std::int64_t channels = builder_.shape(in)[0];
    const std::int64_t stride = 1 + draw_.below(2);
    const std::int64_t out = stride == 1 && draw_.coin() ? channels : 4 + 2 * draw_.below(2);
    const bool matches = stride == 1 && out == channels && draw_.coin();
    const bool shortcut_first = draw_.coin();
    NodeId shortcut = in;
    if (!matches && shortcut_first) shortcut = normed(name + ".short", in, out, 1, stride);
    NodeId x = in;
    if (draw_.below(3) == 0) x = activation(name + ".before", x);
    x = normed(name + ".conv1", x, out, 3, stride);
    if (draw_.coin()) {
      x = activation(name + ".act", x);
      x = normed(name + ".conv2", x, out, 3, 1);
    }
    if (!matches && !shortcut_first) shortcut = normed(name + ".short", in, out, 1, stride);
    if (draw_.coin()) std::swap(x, shortcut);
    x = builder_.add(name, Add{}, {x, shortcut});
    return draw_.coin() ? activation(name + ".after", x) : x;
  }

  Draw draw_;
  GraphBuilder builder_;
};

/// Convolutions with norms, activations and sums of them: identity shortcuts and convolved ones, in
/// either order, of what may be shared with an activation.
inline Graph random_residual(std::uint64_t seed, std::int64_t blocks = 2) {
  return ResidualDraw(seed).network(blocks);
}

}  // namespace veilray::graph::testing_graphs
