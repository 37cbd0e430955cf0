#include "plan/images.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace veilray::plan {
namespace {

/// Where channel `channel` of image `image` stands. Channels come in `blocks` of which each holds
/// all images: the values, and, where squares are stacked on them, the squares.
std::int32_t channel_of(std::int32_t channel, std::int64_t channels, std::int64_t blocks,
                        std::uint32_t image, std::uint32_t images) {
  const std::int64_t each = channels / blocks;
  const std::int64_t block = channel / each, within = channel % each;
  return static_cast<std::int32_t>((block * images + image) * each + within);
}

LinearOperator for_images(LinearOperator op, std::uint32_t images, std::int64_t in_blocks) {
  std::vector<Tap> taps;
  for (std::uint32_t image = 0; image < images; ++image)
    for (const Tap& tap : op.taps[0])
      taps.push_back({channel_of(tap.out, op.out_shape[0], 1, image, images),
                      channel_of(tap.in, op.in_shape[0], in_blocks, image, images), tap.weight});
  op.taps[0] = std::move(taps);
  op.in_shape[0] *= images;
  op.out_shape[0] *= images;
  const std::vector<float> bias = op.bias;
  for (std::uint32_t image = 1; image < images; ++image)
    op.bias.insert(op.bias.end(), bias.begin(), bias.end());
  return op;
}

}  // namespace

std::vector<Stage> for_images(std::vector<Stage> stages, std::uint32_t images) {
  if (!is_image_count(images))
    throw Error(ErrorCode::kInvalidArgument, "not a number of images that a ciphertext may carry");
  for (Stage& stage : stages) {
    stage.images = images;
    stage.op = for_images(std::move(stage.op), images, stage.stacks_squares ? 2 : 1);
    for (Shortcut& shortcut : stage.shortcuts)
      shortcut.op = for_images(std::move(shortcut.op), images, 1);
  }
  return stages;
}

tensor::Tensor stack_images(std::span<const tensor::Tensor> images, std::uint32_t count) {
  if (images.empty() || images.size() > count)
    throw Error(ErrorCode::kInvalidArgument, "no images, or more than a ciphertext carries");
  tensor::Shape shape = images.front().shape;
  shape[0] *= count;
  tensor::Tensor stacked = tensor::Tensor::zeros(shape);
  auto to = stacked.data.begin();
  for (const tensor::Tensor& image : images) {
    if (image.shape != images.front().shape)
      throw Error(ErrorCode::kInvalidArgument, "images of different shapes");
    to = std::ranges::copy(image.data, to).out;
  }
  return stacked;
}

std::span<const double> of_image(std::span<const double> logits, std::size_t image,
                                 std::int64_t outputs) {
  const auto each = static_cast<std::size_t>(outputs);
  return logits.subspan(image * each, each);
}

}  // namespace veilray::plan
