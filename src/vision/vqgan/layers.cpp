#include "vision/vqgan/layers.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "vision/nn/attention.h"
#include "vision/nn/conv2d.h"
#include "vision/nn/group_norm.h"
#include "vision/nn/upsample.h"

namespace veilray::vision::vqgan {
namespace {

// The parameters called NAME.weight and NAME.bias.
struct Parameters {
  std::span<const float> weight;
  std::span<const float> bias;

  Parameters(const tensor::TensorFile& file, const std::string& name)
      : weight(file.tensors.at(name + ".weight").data),
        bias(file.tensors.at(name + ".bias").data) {}
};

nn::GroupNorm make_norm(const tensor::TensorFile& file, const std::string& name) {
  const Parameters parameters(file, name);
  return {parameters.weight, parameters.bias};
}

nn::Conv2d make_conv(const tensor::TensorFile& file, const std::string& name,
                     const nn::ConvSpec& spec, const Side& side) {
  const Parameters parameters(file, name);
  return {spec, parameters.weight, parameters.bias, side.height, side.width};
}

class ConvIn final : public Stem {
 public:
  explicit ConvIn(nn::Conv2d conv) : conv_(std::move(conv)) {}
  void run(std::span<const float> in, std::int64_t height, std::int64_t width,
           Workspace& work) override {
    conv_.run_planar_in(in, height, width, work.x);
  }

 private:
  nn::Conv2d conv_;
};

// x + conv2(swish(norm2(conv1(swish(norm1(x)))))). The sum is conv2's own: it accumulates onto x,
// or onto the 1x1 shortcut of x where the channel count changes.
class ResnetBlock final : public Layer {
 public:
  ResnetBlock(const Stage& stage, const tensor::TensorFile& file, const Side& side)
      : norm1_(make_norm(file, stage.name + ".norm1")),
        norm2_(make_norm(file, stage.name + ".norm2")),
        conv1_(make_conv(file, stage.name + ".conv1",
                         {.in_channels = stage.in_channels, .out_channels = stage.out_channels},
                         side)),
        conv2_(make_conv(file, stage.name + ".conv2",
                         {.in_channels = stage.out_channels,
                          .out_channels = stage.out_channels,
                          .accumulate = true},
                         side)) {
    if (stage.in_channels == stage.out_channels) return;
    shortcut_.emplace(make_conv(file, stage.name + ".nin_shortcut",
                                {.in_channels = stage.in_channels,
                                 .out_channels = stage.out_channels,
                                 .kernel = 1,
                                 .pad_begin = 0,
                                 .pad_end = 0},
                                side));
  }

  void run(Workspace& work) override {
    norm1_.run(work.x, nn::Activation::kSwish, work.a);
    conv1_.run(work.a, work.b);
    norm2_.run(work.b, nn::Activation::kSwish, work.b);
    if (shortcut_) {
      shortcut_->run(work.x, work.a);
      std::swap(work.x, work.a);
    }
    conv2_.run(work.b, work.x);
  }

 private:
  nn::GroupNorm norm1_;
  nn::GroupNorm norm2_;
  nn::Conv2d conv1_;
  nn::Conv2d conv2_;
  std::optional<nn::Conv2d> shortcut_;
};

class AttentionBlock final : public Layer {
 public:
  explicit AttentionBlock(nn::Attention attention) : attention_(std::move(attention)) {}
  void run(Workspace& work) override { attention_.run(work.x, work.a); }

 private:
  nn::Attention attention_;
};

class Downsample final : public Layer {
 public:
  explicit Downsample(nn::Conv2d conv) : conv_(std::move(conv)) {}
  void run(Workspace& work) override {
    conv_.run(work.x, work.a);
    std::swap(work.x, work.a);
  }

 private:
  nn::Conv2d conv_;
};

class Upsample final : public Layer {
 public:
  explicit Upsample(nn::Conv2d conv) : conv_(std::move(conv)) {}
  void run(Workspace& work) override {
    nn::upsample_nearest_x2(work.x, work.a);
    conv_.run(work.a, work.x);
  }

 private:
  nn::Conv2d conv_;
};

class NormConvOut final : public Head {
 public:
  NormConvOut(nn::GroupNorm norm, nn::Conv2d conv)
      : norm_(std::move(norm)), conv_(std::move(conv)) {}
  void run(Workspace& work, std::span<float> out) override {
    norm_.run(work.x, nn::Activation::kSwish, work.x);
    conv_.run_planar_out(work.x, out);
  }

 private:
  nn::GroupNorm norm_;
  nn::Conv2d conv_;
};

nn::Projection projection(const tensor::TensorFile& file, const std::string& name) {
  const Parameters parameters(file, name);
  return {parameters.weight, parameters.bias};
}

std::unique_ptr<Layer> make_attention(const Stage& stage, const tensor::TensorFile& file) {
  return std::make_unique<AttentionBlock>(
      nn::Attention(make_norm(file, stage.name + ".norm"), projection(file, stage.name + ".q"),
                    projection(file, stage.name + ".k"), projection(file, stage.name + ".v"),
                    projection(file, stage.name + ".proj_out")));
}

}  // namespace

std::unique_ptr<Stem> make_stem(const Stage& stage, const tensor::TensorFile& weights, Side& side) {
  VEILRAY_ASSERT(stage.kind == StageKind::kConvIn);
  return std::make_unique<ConvIn>(make_conv(
      weights, stage.name,
      {.in_channels = stage.in_channels, .out_channels = stage.out_channels, .planar_in = true},
      side));
}

std::unique_ptr<Layer> make_layer(const Stage& stage, const tensor::TensorFile& weights,
                                  Side& side) {
  nn::ConvSpec spec{.in_channels = stage.in_channels, .out_channels = stage.out_channels};
  switch (stage.kind) {
    case StageKind::kResnetBlock:
      return std::make_unique<ResnetBlock>(stage, weights, side);
    case StageKind::kAttention:
      return make_attention(stage, weights);
    case StageKind::kDownsample: {
      // Right and bottom are padded by one, left and top not at all.
      spec.stride = 2;
      spec.pad_begin = 0;
      auto conv = make_conv(weights, stage.name, spec, side);
      side = {side.height / 2, side.width / 2};
      return std::make_unique<Downsample>(std::move(conv));
    }
    case StageKind::kUpsample:
      side = {2 * side.height, 2 * side.width};
      return std::make_unique<Upsample>(make_conv(weights, stage.name, spec, side));
    case StageKind::kConvIn:
    case StageKind::kHead:
      break;
  }
  throw Error(ErrorCode::kInternal, "stage " + stage.name + " is not an inner layer");
}

std::unique_ptr<Head> make_head(const Stage& stage, const tensor::TensorFile& weights, Side& side) {
  VEILRAY_ASSERT(stage.kind == StageKind::kHead);
  return std::make_unique<NormConvOut>(make_norm(weights, stage.name + ".norm_out"),
                                       make_conv(weights, stage.name + ".conv_out",
                                                 {.in_channels = stage.in_channels,
                                                  .out_channels = stage.out_channels,
                                                  .planar_out = true},
                                                 side));
}

}  // namespace veilray::vision::vqgan
