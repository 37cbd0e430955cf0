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
    Entry{"Concat", concat},
    Entry{"Constant", constant_of},
    Entry{"ConstantOfShape", constant_of_shape},
    Entry{"Conv", convolution},
    Entry{"Div", divide},
    Entry{"Dropout", dropout},
    Entry{"Expand", expand},
    Entry{"Flatten", flatten},
    Entry{"Gather", gather},
    Entry{"Gemm", gemm},
    Entry{"GlobalAveragePool", global_average_pool},
    Entry{"Identity", identity_of},
    Entry{"MatMul", matmul},
    Entry{"Mul", multiply},
    Entry{"Neg", negative},
    Entry{"Pad", pad},
    Entry{"Pow", power},
    Entry{"ReduceMean", reduce_mean},
    Entry{"Reshape", reshape},
    Entry{"Shape", shape_of},
    Entry{"Slice", slice},
    Entry{"Squeeze", squeeze},
    Entry{"Sub", subtract},
    Entry{"Transpose", transpose},
    Entry{"Unsqueeze", unsqueeze},
};

struct Refusal {
  std::string_view type;
  const char* mend;
};

constexpr const char* kActivation =
    "encrypted numbers cannot be compared: train with a x^2 + b x + c in its place";
constexpr const char* kFloat = "the network is quantised: export the float network";
constexpr const char* kStraight = "export a network without control flow";

constexpr std::array kRefusals{
    Refusal{"Celu", kActivation},
    Refusal{"Clip", kActivation},
    Refusal{"ConvInteger", kFloat},
    Refusal{"ConvTranspose", "use a convolution that does not enlarge"},
    Refusal{"DequantizeLinear", kFloat},
    Refusal{"DynamicQuantizeLinear", kFloat},
    Refusal{"Elu", kActivation},
    Refusal{"Erf", kActivation},
    Refusal{"Exp", kActivation},
    Refusal{"GlobalMaxPool", "use GlobalAveragePool, or the mean of the squares"},
    Refusal{"HardSigmoid", kActivation},
    Refusal{"HardSwish", kActivation},
    Refusal{"If", kStraight},
    Refusal{"InstanceNormalization", "use BatchNormalization, whose statistics are fixed"},
    Refusal{"LayerNormalization", "use BatchNormalization, whose statistics are fixed"},
    Refusal{"LeakyRelu", kActivation},
    Refusal{"Loop", kStraight},
    Refusal{"MatMulInteger", kFloat},
    Refusal{"MaxPool", "use AveragePool"},
    Refusal{"PRelu", kActivation},
    Refusal{"QLinearConv", kFloat},
    Refusal{"QLinearMatMul", kFloat},
    Refusal{"QuantizeLinear", kFloat},
    Refusal{"Relu", kActivation},
    Refusal{"Scan", kStraight},
    Refusal{"Selu", kActivation},
    Refusal{"Sigmoid",
            "at the end leave it out: the client applies it; elsewhere use a polynomial"},
    Refusal{"Softmax", "at the end leave it out and apply it to the decrypted numbers"},
    Refusal{"Softplus", kActivation},
    Refusal{"Tanh", kActivation},
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
