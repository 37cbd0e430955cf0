#include "vision/vqgan/architecture.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace veilray::vision::vqgan {
namespace {

bool attends(const Config& config, std::int64_t resolution) {
  const auto& at = config.attn_resolutions;
  return std::find(at.begin(), at.end(), resolution) != at.end();
}

std::string indexed(const std::string& prefix, std::int64_t index) {
  return prefix + "." + std::to_string(index);
}

// Adds stages one after the other, each taking the channels that the last one left.
class Builder {
 public:
  void add(StageKind kind, std::string name, std::int64_t out_channels) {
    stages_.push_back({kind, std::move(name), channels_, out_channels});
    channels_ = out_channels;
  }
  void add_same(StageKind kind, std::string name) { add(kind, std::move(name), channels_); }

  void add_middle(const std::string& part) {
    add_same(StageKind::kResnetBlock, part + ".mid.block_1");
    add_same(StageKind::kAttention, part + ".mid.attn_1");
    add_same(StageKind::kResnetBlock, part + ".mid.block_2");
  }

  // The blocks of one level of the pyramid, with attention after each where the config says so.
  void add_level(const std::string& level, std::int64_t blocks, std::int64_t out_channels,
                 bool attention) {
    for (std::int64_t j = 0; j < blocks; ++j) {
      add(StageKind::kResnetBlock, indexed(level + ".block", j), out_channels);
      if (attention) add_same(StageKind::kAttention, indexed(level + ".attn", j));
    }
  }

  explicit Builder(std::int64_t channels) : channels_(channels) {}
  std::vector<Stage> release() { return std::move(stages_); }

 private:
  std::vector<Stage> stages_;
  std::int64_t channels_;
};

void add_parameters(std::vector<TensorSpec>& to, const std::string& name, tensor::Shape weight) {
  const std::int64_t outputs = weight.front();
  to.push_back({name + ".weight", std::move(weight)});
  to.push_back({name + ".bias", {outputs}});
}

}  // namespace

std::vector<Stage> encoder_stages(const Config& config) {
  Builder builder(config.in_channels);
  builder.add(StageKind::kConvIn, "encoder.conv_in", config.ch);
  std::int64_t resolution = config.resolution;
  const auto levels = static_cast<std::int64_t>(config.ch_mult.size());
  for (std::int64_t i = 0; i < levels; ++i) {
    const std::string level = indexed("encoder.down", i);
    builder.add_level(level, config.num_res_blocks,
                      config.ch * config.ch_mult[static_cast<std::size_t>(i)],
                      attends(config, resolution));
    if (i + 1 == levels) break;
    builder.add_same(StageKind::kDownsample, level + ".downsample.conv");
    resolution /= 2;
  }
  builder.add_middle("encoder");
  builder.add(StageKind::kHead, "encoder", config.z_channels);
  return builder.release();
}

std::vector<Stage> decoder_stages(const Config& config) {
  Builder builder(config.z_channels);
  builder.add(StageKind::kConvIn, "decoder.conv_in", config.ch * config.ch_mult.back());
  builder.add_middle("decoder");
  std::int64_t resolution = config.latent_size();
  for (auto i = static_cast<std::int64_t>(config.ch_mult.size()) - 1; i >= 0; --i) {
    const std::string level = indexed("decoder.up", i);
    builder.add_level(level, config.num_res_blocks + 1,
                      config.ch * config.ch_mult[static_cast<std::size_t>(i)],
                      attends(config, resolution));
    if (i == 0) break;
    builder.add_same(StageKind::kUpsample, level + ".upsample.conv");
    resolution *= 2;
  }
  builder.add(StageKind::kHead, "decoder", config.out_channels);
  return builder.release();
}

std::vector<TensorSpec> stage_tensors(const Stage& stage) {
  const std::int64_t in = stage.in_channels;
  const std::int64_t out = stage.out_channels;
  const std::string& name = stage.name;
  std::vector<TensorSpec> specs;
  switch (stage.kind) {
    case StageKind::kConvIn:
    case StageKind::kDownsample:
    case StageKind::kUpsample:
      add_parameters(specs, name, {out, in, 3, 3});
      break;
    case StageKind::kResnetBlock:
      add_parameters(specs, name + ".norm1", {in});
      add_parameters(specs, name + ".conv1", {out, in, 3, 3});
      add_parameters(specs, name + ".norm2", {out});
      add_parameters(specs, name + ".conv2", {out, out, 3, 3});
      if (in != out) add_parameters(specs, name + ".nin_shortcut", {out, in, 1, 1});
      break;
    case StageKind::kAttention:
      add_parameters(specs, name + ".norm", {in});
      for (const char* part : {".q", ".k", ".v", ".proj_out"}) {
        add_parameters(specs, name + part, {in, in, 1, 1});
      }
      break;
    case StageKind::kHead:
      add_parameters(specs, name + ".norm_out", {in});
      add_parameters(specs, name + ".conv_out", {out, in, 3, 3});
      break;
  }
  return specs;
}

std::vector<TensorSpec> quantizer_tensors(const Config& config) {
  std::vector<TensorSpec> specs;
  add_parameters(specs, "quant_conv", {config.embed_dim, config.z_channels, 1, 1});
  specs.push_back({"quantize.embedding.weight", {config.n_embed, config.embed_dim}});
  add_parameters(specs, "post_quant_conv", {config.z_channels, config.embed_dim, 1, 1});
  return specs;
}

}  // namespace veilray::vision::vqgan
