#include <array>
#include <string_view>

#include "graph/onnx/call.h"
#include "graph/onnx/refusal.h"

namespace veilray::graph::onnx {
namespace {

struct Entry {
  std::string_view type;
  Operator run;
};

constexpr std::array kOperators{
    Entry{"Add", add},
    Entry{"AveragePool", average_pool},
    Entry{"BatchNormalization", batch_normalization},
    Entry{"Cast", cast},
    Entry{"Celu", celu},
    Entry{"Clip", clip},
    Entry{"Concat", concat},
    Entry{"Constant", constant_of},
    Entry{"ConstantOfShape", constant_of_shape},
    Entry{"Conv", convolution},
    Entry{"Div", divide},
    Entry{"Dropout", dropout},
    Entry{"Elu", elu},
    Entry{"Erf", erf},
    Entry{"Expand", expand},
    Entry{"Flatten", flatten},
    Entry{"Gather", gather},
    Entry{"Gemm", gemm},
    Entry{"GlobalAveragePool", global_average_pool},
    Entry{"HardSigmoid", hard_sigmoid},
    Entry{"HardSwish", hard_swish},
    Entry{"Identity", identity_of},
    Entry{"LeakyRelu", leaky_relu},
    Entry{"MatMul", matmul},
    Entry{"Mul", multiply},
    Entry{"Neg", negative},
    Entry{"Pad", pad},
    Entry{"Pow", power},
    Entry{"PRelu", p_relu},
    Entry{"ReduceMean", reduce_mean},
    Entry{"Relu", relu},
    Entry{"Reshape", reshape},
    Entry{"Selu", selu},
    Entry{"Shape", shape_of},
    Entry{"Sigmoid", sigmoid},
    Entry{"Slice", slice},
    Entry{"Softplus", softplus},
    Entry{"Squeeze", squeeze},
    Entry{"Sub", subtract},
    Entry{"Tanh", tanh},
    Entry{"Transpose", transpose},
    Entry{"Unsqueeze", unsqueeze},
};

struct Refusal {
  std::string_view type;
  const char* mend;
};

constexpr const char* kActivation =
    "use Relu, SiLU, Gelu, Sigmoid or Tanh, or train with a x^2 + b x + c in its place";
constexpr const char* kFloat = "the network is quantised: export the float network";
constexpr const char* kStraight = "export a network without control flow";

constexpr std::array kRefusals{
    Refusal{"ConvInteger", kFloat},
    Refusal{"ConvTranspose", "use a convolution that does not enlarge"},
    Refusal{"DequantizeLinear", kFloat},
    Refusal{"DynamicQuantizeLinear", kFloat},
    Refusal{"Exp", kActivation},
    Refusal{"GlobalMaxPool", "use GlobalAveragePool, or the mean of the squares"},
    Refusal{"If", kStraight},
    Refusal{"InstanceNormalization", "use BatchNormalization, whose statistics are fixed"},
    Refusal{"LayerNormalization", "use BatchNormalization, whose statistics are fixed"},
    Refusal{"Loop", kStraight},
    Refusal{"MatMulInteger", kFloat},
    Refusal{"MaxPool", "use AveragePool"},
    Refusal{"QLinearConv", kFloat},
    Refusal{"QLinearMatMul", kFloat},
    Refusal{"QuantizeLinear", kFloat},
    Refusal{"Scan", kStraight},
    Refusal{"Softmax", "at the end leave it out and apply it to the decrypted numbers"},
    Refusal{"Softsign", kActivation},
    Refusal{"ThresholdedRelu", kActivation},
};

}  // namespace

Operator find_operator(const std::string& type) {
  for (const Entry& entry : kOperators)
    if (entry.type == type) return entry.run;
  return nullptr;
}

Failure refusal_of(const std::string& type) {
  for (const Refusal& refusal : kRefusals)
    if (refusal.type == type) return unsupported("the operation is not supported", refusal.mend);
  return unsupported("the operation is not supported",
                     "use convolutions, means, dense layers, sums and polynomials");
}

}  // namespace veilray::graph::onnx
