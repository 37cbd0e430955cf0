#include "graph/architectures/hefnet.h"

#include <array>
#include <string>

#include "graph/builder.h"

namespace veilray::graph {
namespace {

using tensor::TensorFile;

struct Stage {
  std::int64_t in, out, groups, kernel;
  bool pooled;
};

std::array<Stage, 4> stages(std::int64_t in_channels, std::int64_t size) {
  // At 16x16 only 2x2 is left for the last convolution, which then is 1x1.
  const std::int64_t last_kernel = size == 16 ? 1 : 3;
  return {{{in_channels, 64, 1, 3, false},
           {64, 128, 8, 3, true},
           {128, 256, 8, 3, true},
           {256, 256, 8, last_kernel, true}}};
}

/// Values of the flattened map before the linear layer; 0 if the input is too small.
std::int64_t features(std::int64_t in_channels, std::int64_t size) {
  std::int64_t channels = 0;
  for (const Stage& stage : stages(in_channels, size)) {
    size -= stage.kernel - 1;
    if (stage.pooled) size /= 2;
    if (size < 1) return 0;
    channels = stage.out;
  }
  return channels * size * size;
}

const std::vector<float>& values(const TensorFile& file, const std::string& name) {
  return file.tensors.at(name).data;
}

BatchNorm batch_norm(const TensorFile& file, const std::string& name) {
  return {.weight = values(file, name + ".weight"),
          .bias = values(file, name + ".bias"),
          .mean = values(file, name + ".running_mean"),
          .variance = values(file, name + ".running_var")};
}

Polynomial activation(const TensorFile& file, const std::string& name) {
  return {{values(file, name + ".c")[0], values(file, name + ".beta")[0],
           values(file, name + ".alpha")[0]}};
}

}  // namespace

Result<TensorList> hefnet_tensors(std::int64_t in_channels, std::int64_t size,
                                  std::int64_t outputs) {
  constexpr std::int64_t kMaxChannels = 1024, kMaxSize = 1024, kMaxOutputs = 1 << 16;
  const bool bounded = in_channels >= 1 && in_channels <= kMaxChannels && size >= 1 &&
                       size <= kMaxSize && outputs >= 1 && outputs <= kMaxOutputs;
  if (!bounded || features(in_channels, size) == 0) {
    return Failure{ErrorCode::kInvalidArgument, "hefnet cannot have such an input or output",
                   std::to_string(in_channels) + " channels of size " + std::to_string(size),
                   "use size 16, or 24 and more"};
  }
  TensorList list;
  int number = 0;
  for (const Stage& stage : stages(in_channels, size)) {
    const std::string index = std::to_string(++number);
    list["conv" + index + ".weight"] = {stage.out, stage.in / stage.groups, stage.kernel,
                                        stage.kernel};
    list["conv" + index + ".bias"] = {stage.out};
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
      list["bn" + index + part] = {stage.out};
    }
    for (const char* part : {".alpha", ".beta", ".c"}) list["relu" + index + part] = {1};
  }
  list["linear1.weight"] = {outputs, features(in_channels, size)};
  list["linear1.bias"] = {outputs};
  return list;
}

Result<Graph> build_hefnet(std::int64_t in_channels, std::int64_t size, const TensorFile& weights) {
  const auto linear1 = weights.tensors.find("linear1.weight");
  const bool says = linear1 != weights.tensors.end() && !linear1->second.shape.empty();
  VEILRAY_TRY(expected, hefnet_tensors(in_channels, size, says ? linear1->second.shape[0] : 14));
  VEILRAY_CHECK_OK(check_tensors(weights, expected, "hefnet"));

  GraphBuilder builder("hefnet", {in_channels, size, size});
  int number = 0;
  for (const Stage& stage : stages(in_channels, size)) {
    const std::string index = std::to_string(++number);
    builder.add("conv" + index, Conv2d{.weight = weights.tensors.at("conv" + index + ".weight"),
                                       .bias = values(weights, "conv" + index + ".bias"),
                                       .groups = stage.groups});
    builder.add("bn" + index, batch_norm(weights, "bn" + index));
    builder.add("relu" + index, activation(weights, "relu" + index));
    if (stage.pooled) builder.add("pool" + index, AveragePool{});
  }
  builder.add("flatten", Flatten{});
  builder.add("linear1",
              Linear{weights.tensors.at("linear1.weight"), values(weights, "linear1.bias")});
  return std::move(builder).finish();
}

}  // namespace veilray::graph
