#include <algorithm>
#include <string>

#include "graph/verify.h"

namespace veilray::graph {
namespace {

/// No network of ours comes near; keeps every product of extents far from overflow.
constexpr std::int64_t kMaxExtent = std::int64_t{1} << 24;
constexpr std::int64_t kMaxElements = std::int64_t{1} << 28;

Failure misfit(const std::string& what) { return {ErrorCode::kInvalidArgument, what}; }

std::string text_of(const Shape& shape) {
  std::string text = "[";
  for (const auto extent : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  return text + "]";
}

bool sane(const Shape& shape) {
  std::int64_t elements = 1;
  for (const auto extent : shape) {
    if (extent < 1 || extent > kMaxExtent) return false;
    elements *= extent;
    if (elements > kMaxElements) return false;
  }
  return true;
}

bool consistent(const Tensor& tensor) {
  return sane(tensor.shape) && tensor.data.size() == tensor::element_count(tensor.shape);
}

bool size_is(const std::vector<float>& values, std::int64_t count) {
  return values.size() == static_cast<std::size_t>(count);
}

/// How often a window of `kernel` fits into `extent` at steps of `stride`; 0 if never.
std::int64_t windows(std::int64_t extent, std::int64_t kernel, std::int64_t stride) {
  return extent < kernel ? 0 : (extent - kernel) / stride + 1;
}

struct Inference {
  const std::vector<Shape>& inputs;
  const Shape& in() const { return inputs[0]; }

  Result<Shape> operator()(const Input&) const { return misfit("an input has no inputs"); }

  Result<Shape> operator()(const Conv2d& conv) const {
    const Shape& weight = conv.weight.shape;
    if (in().size() != 3) return misfit("conv2d needs [c, h, w], got " + text_of(in()));
    if (weight.size() != 4 || !consistent(conv.weight)) return misfit("conv2d: bad weight");
    if (conv.groups < 1 || conv.stride < 1 || conv.stride > kMaxExtent ||
        std::ranges::any_of(conv.padding, [](auto p) { return p < 0 || p > kMaxExtent; })) {
      return misfit("conv2d: groups, stride or padding out of range");
    }
    const bool divides = in()[0] % conv.groups == 0 && weight[0] % conv.groups == 0;
    if (!divides || weight[1] != in()[0] / conv.groups) {
      return misfit("conv2d: weight " + text_of(weight) + " in " + std::to_string(conv.groups) +
                    " groups does not fit input " + text_of(in()));
    }
    if (!conv.bias.empty() && !size_is(conv.bias, weight[0])) {
      return misfit("conv2d: bias does not fit weight");
    }
    const auto [top, left, bottom, right] = conv.padding;
    const std::int64_t rows = windows(in()[1] + top + bottom, weight[2], conv.stride);
    const std::int64_t columns = windows(in()[2] + left + right, weight[3], conv.stride);
    if ((!conv.row_factors.empty() && !size_is(conv.row_factors, rows)) ||
        (!conv.column_factors.empty() && !size_is(conv.column_factors, columns))) {
      return misfit("conv2d: not one factor for each row or column of the result");
    }
    return Shape{weight[0], rows, columns};
  }

  Result<Shape> operator()(const BatchNorm& norm) const {
    if (in().size() != 3) return misfit("batch_norm needs [c, h, w], got " + text_of(in()));
    for (const auto* values : {&norm.weight, &norm.bias, &norm.mean, &norm.variance}) {
      if (!size_is(*values, in()[0])) return misfit("batch_norm does not fit " + text_of(in()));
    }
    const auto bad = [&](float variance) {
      return !(variance >= 0 && variance + norm.epsilon > 0);
    };
    if (std::ranges::any_of(norm.variance, bad)) return misfit("batch_norm: bad variance");
    return in();
  }

  Result<Shape> operator()(const Polynomial& polynomial) const {
    if (polynomial.coefficients.empty()) return misfit("polynomial without coefficients");
    return in();
  }

  Result<Shape> operator()(const Activation& op) const {
    if (op.inner.empty() || op.outer.empty() || op.factor.empty())
      return misfit("activation without coefficients");
    return in();
  }

  Result<Shape> operator()(const AveragePool& pool) const {
    return pooled(pool.kernel, pool.stride);
  }
  Result<Shape> operator()(const SumPool& pool) const { return pooled(pool.kernel, pool.stride); }

  Result<Shape> operator()(const Flatten&) const {
    return Shape{static_cast<std::int64_t>(tensor::element_count(in()))};
  }

  Result<Shape> operator()(const Linear& linear) const {
    const Shape& weight = linear.weight.shape;
    if (weight.size() != 2 || !consistent(linear.weight)) return misfit("linear: bad weight");
    if (in() != Shape{weight[1]}) {
      return misfit("linear: weight " + text_of(weight) + " does not fit input " + text_of(in()));
    }
    if (!linear.bias.empty() && !size_is(linear.bias, weight[0])) {
      return misfit("linear: bias does not fit weight");
    }
    return Shape{weight[0]};
  }

  Result<Shape> operator()(const Add&) const {
    if (in() != inputs[1]) {
      return misfit("add: " + text_of(in()) + " and " + text_of(inputs[1]) + " differ in shape");
    }
    return in();
  }

  Result<Shape> operator()(const StackSquares&) const {
    if (in().size() != 3) return misfit("stack_squares needs [c, h, w], got " + text_of(in()));
    return Shape{2 * in()[0], in()[1], in()[2]};
  }

  Result<Shape> operator()(const ChannelGate&) const {
    if (in().size() != 3) return misfit("channel_gate needs [c, h, w], got " + text_of(in()));
    if (inputs[1] != Shape{in()[0]}) {
      return misfit("channel_gate: " + text_of(inputs[1]) + " is no factor for each channel of " +
                    text_of(in()));
    }
    return in();
  }

 private:
  Result<Shape> pooled(std::int64_t kernel, std::int64_t stride) const {
    if (in().size() != 3) return misfit("pooling needs [c, h, w], got " + text_of(in()));
    if (kernel < 1 || stride < 1) return misfit("pooling: kernel or stride out of range");
    return Shape{in()[0], windows(in()[1], kernel, stride), windows(in()[2], kernel, stride)};
  }
};

std::size_t inputs_of(const Op& op) {
  return std::holds_alternative<Add>(op) || std::holds_alternative<ChannelGate>(op) ? 2 : 1;
}

}  // namespace

Result<Shape> infer_shape(const Op& op, const std::vector<Shape>& inputs) {
  if (inputs.size() != inputs_of(op)) {
    const char* count = inputs_of(op) == 1 ? " needs exactly one input" : " needs two inputs";
    return misfit(op_name(op) + std::string(count));
  }
  if (std::ranges::any_of(inputs, [](const Shape& s) { return s.empty() || !sane(s); })) {
    return misfit("an input shape is out of range");
  }
  VEILRAY_TRY(shape, std::visit(Inference{inputs}, op));
  if (!sane(shape)) {
    return misfit(std::string(op_name(op)) + " of " + text_of(inputs[0]) +
                  " has an empty or too large result");
  }
  return shape;
}

}  // namespace veilray::graph
