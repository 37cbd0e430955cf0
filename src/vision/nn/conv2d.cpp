#include "vision/nn/conv2d.h"

#include <dnnl.hpp>
#include <map>
#include <string>
#include <utility>

#include "base/error.h"

namespace veilray::vision::nn {
namespace {

using dnnl::memory;
constexpr auto kFloat = memory::data_type::f32;
constexpr std::size_t kMostSizes = 8;

dnnl::engine& engine() {
  static dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

memory::format_tag blocked_tag() {
  return block_channels() == 16 ? memory::format_tag::nChw16c : memory::format_tag::nChw8c;
}

memory::desc map_desc(const Extent& extent, memory::format_tag tag) {
  return {{1, extent.channels, extent.height, extent.width}, kFloat, tag};
}

// oneDNN never writes through what a primitive takes as a source, but its handles are not const.
void* handle(const float* values) { return const_cast<float*>(values); }

}  // namespace

struct Conv2d::State {
  // What is needed to convolve maps of one size.
  struct Plan {
    dnnl::convolution_forward convolution;
    memory::desc in_desc;
    memory::desc out_desc;
    // Planar sides only: oneDNN's own layout of that side, and the way there or back.
    memory in_inner;
    memory out_inner;
    dnnl::reorder in_reorder;
    dnnl::reorder out_reorder;
  };

  ConvSpec spec;
  dnnl::stream stream{engine()};
  memory weights;
  memory bias;
  std::map<std::pair<std::int64_t, std::int64_t>, Plan> plans;

  Extent output_extent(std::int64_t height, std::int64_t width) const {
    const std::int64_t shrink = spec.kernel - spec.pad_begin - spec.pad_end;
    return {spec.out_channels, (height - shrink) / spec.stride + 1,
            (width - shrink) / spec.stride + 1};
  }

  dnnl::convolution_forward::primitive_desc describe(std::int64_t height, std::int64_t width,
                                                     const memory::desc& weights_desc) const;
  void lay_out_weights(std::span<const float> weight, std::span<const float> bias_values,
                       std::int64_t height, std::int64_t width);
  Plan& plan(std::int64_t height, std::int64_t width);
  void execute(std::int64_t height, std::int64_t width, const float* in, float* out);
};

dnnl::convolution_forward::primitive_desc Conv2d::State::describe(
    std::int64_t height, std::int64_t width, const memory::desc& weights_desc) const {
  using Tag = memory::format_tag;
  const auto in =
      map_desc({spec.in_channels, height, width}, spec.planar_in ? Tag::any : blocked_tag());
  const auto out =
      map_desc(output_extent(height, width), spec.planar_out ? Tag::any : blocked_tag());
  dnnl::primitive_attr attributes;
  if (spec.accumulate) {
    dnnl::post_ops sum;
    sum.append_sum(1.0F);
    attributes.set_post_ops(sum);
  }
  const dnnl::convolution_forward::desc desc(
      dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, in, weights_desc,
      memory::desc({spec.out_channels}, kFloat, Tag::x), out, {spec.stride, spec.stride},
      {spec.pad_begin, spec.pad_begin}, {spec.pad_end, spec.pad_end});
  return {desc, attributes, engine()};
}

void Conv2d::State::lay_out_weights(std::span<const float> weight,
                                    std::span<const float> bias_values, std::int64_t height,
                                    std::int64_t width) {
  const memory::dims dims = {spec.out_channels, spec.in_channels, spec.kernel, spec.kernel};
  const memory::desc any(dims, kFloat, memory::format_tag::any);
  weights = memory(describe(height, width, any).weights_desc(), engine());
  memory plain({dims, kFloat, memory::format_tag::oihw}, engine(), handle(weight.data()));
  dnnl::reorder(plain, weights).execute(stream, plain, weights);
  bias = memory({{spec.out_channels}, kFloat, memory::format_tag::x}, engine());
  memory plain_bias(bias.get_desc(), engine(), handle(bias_values.data()));
  dnnl::reorder(plain_bias, bias).execute(stream, plain_bias, bias);
  stream.wait();
}

Conv2d::State::Plan& Conv2d::State::plan(std::int64_t height, std::int64_t width) {
  if (const auto found = plans.find({height, width}); found != plans.end()) return found->second;
  if (plans.size() >= kMostSizes) plans.clear();

  // The weights keep the layout chosen for the first size.
  const auto pd = describe(height, width, weights.get_desc());
  Plan made;
  made.convolution = dnnl::convolution_forward(pd);
  made.in_desc = pd.src_desc();
  made.out_desc = pd.dst_desc();
  if (spec.planar_in) {
    const auto planar = map_desc({spec.in_channels, height, width}, memory::format_tag::nchw);
    made.in_inner = memory(made.in_desc, engine());
    made.in_reorder = dnnl::reorder({engine(), planar, engine(), made.in_desc});
    made.in_desc = planar;
  }
  if (spec.planar_out) {
    const auto planar = map_desc(output_extent(height, width), memory::format_tag::nchw);
    made.out_inner = memory(made.out_desc, engine());
    made.out_reorder = dnnl::reorder({engine(), made.out_desc, engine(), planar});
    made.out_desc = planar;
  }
  return plans.emplace(std::pair{height, width}, std::move(made)).first->second;
}

void Conv2d::State::execute(std::int64_t height, std::int64_t width, const float* in, float* out) {
  try {
    Plan& p = plan(height, width);
    memory source(p.in_desc, engine(), handle(in));
    memory target(p.out_desc, engine(), out);
    if (spec.planar_in) p.in_reorder.execute(stream, source, p.in_inner);
    p.convolution.execute(stream, {{DNNL_ARG_SRC, spec.planar_in ? p.in_inner : source},
                                   {DNNL_ARG_WEIGHTS, weights},
                                   {DNNL_ARG_BIAS, bias},
                                   {DNNL_ARG_DST, spec.planar_out ? p.out_inner : target}});
    if (spec.planar_out) p.out_reorder.execute(stream, p.out_inner, target);
    stream.wait();
  } catch (const dnnl::error& error) {
    throw Error(ErrorCode::kInternal, std::string("oneDNN: convolution: ") + error.what());
  }
}

Conv2d::Conv2d(const ConvSpec& spec, std::span<const float> weight, std::span<const float> bias,
               std::int64_t expected_height, std::int64_t expected_width)
    : state_(std::make_unique<State>()) {
  const std::int64_t taps = spec.kernel * spec.kernel;
  if (static_cast<std::int64_t>(weight.size()) != spec.out_channels * spec.in_channels * taps ||
      static_cast<std::int64_t>(bias.size()) != spec.out_channels) {
    throw Error(ErrorCode::kInvalidArgument, "convolution weights do not fit its channels");
  }
  state_->spec = spec;
  try {
    state_->lay_out_weights(weight, bias, expected_height, expected_width);
    state_->plan(expected_height, expected_width);
  } catch (const dnnl::error& error) {
    throw Error(ErrorCode::kInternal, std::string("oneDNN: convolution: ") + error.what());
  }
}

Conv2d::~Conv2d() = default;
Conv2d::Conv2d(Conv2d&&) noexcept = default;
Conv2d& Conv2d::operator=(Conv2d&&) noexcept = default;

Extent Conv2d::output_extent(std::int64_t in_height, std::int64_t in_width) const {
  return state_->output_extent(in_height, in_width);
}

void Conv2d::run(const FeatureMap& in, FeatureMap& out) {
  VEILRAY_ASSERT(!state_->spec.planar_in && !state_->spec.planar_out && &in != &out);
  VEILRAY_ASSERT(in.extent.channels == state_->spec.in_channels);
  const Extent extent = output_extent(in.extent.height, in.extent.width);
  VEILRAY_ASSERT(!state_->spec.accumulate || out.extent == extent);
  if (!state_->spec.accumulate) out.reset(extent);
  state_->execute(in.extent.height, in.extent.width, in.data.data(), out.data.data());
}

void Conv2d::run_planar_in(std::span<const float> in, std::int64_t height, std::int64_t width,
                           FeatureMap& out) {
  VEILRAY_ASSERT(state_->spec.planar_in && !state_->spec.planar_out && !state_->spec.accumulate);
  VEILRAY_ASSERT(in.size() == (Extent{state_->spec.in_channels, height, width}.size()));
  out.reset(output_extent(height, width));
  state_->execute(height, width, in.data(), out.data.data());
}

void Conv2d::run_planar_out(const FeatureMap& in, std::span<float> out) {
  VEILRAY_ASSERT(!state_->spec.planar_in && state_->spec.planar_out && !state_->spec.accumulate);
  VEILRAY_ASSERT(out.size() == output_extent(in.extent.height, in.extent.width).size());
  state_->execute(in.extent.height, in.extent.width, in.data.data(), out.data());
}

}  // namespace veilray::vision::nn
