#include "vision/preprocess.h"

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "vision/resample.h"

namespace veilray::vision {
namespace {

// Python's round(): halves go to the even neighbour, as torchvision's centre crop has it.
std::uint32_t round_half_to_even(std::uint32_t doubled) {
  const auto floor = doubled / 2;
  const bool half = doubled % 2 != 0;
  return half && floor % 2 != 0 ? floor + 1 : floor;
}

/// The 256 output positions of the centre crop along one side.
ResampleAxis crop_axis(std::uint32_t side, std::uint32_t shortest) {
  const auto resized = static_cast<std::uint32_t>(std::uint64_t{kInputSide} * side / shortest);
  const auto offset = round_half_to_even(resized - kInputSide);
  return {.in = side, .out = resized, .first = offset, .count = kInputSide};
}

}  // namespace

Result<Image> load_image(const std::filesystem::path& path, const LoadOptions& options) {
  VEILRAY_TRY(bytes, read_file(path, kMaxFileBytes));
  auto image = decode_image(bytes, options);
  if (image.ok()) return image;
  auto failure = std::move(image).failure();
  failure.where = path.string();
  return failure;
}

tensor::Tensor preprocess(const Image& image) {
  const auto shortest = std::min(image.width, image.height);
  const auto planes =
      resample(image, crop_axis(image.width, shortest), crop_axis(image.height, shortest));
  // Samples in 0..255 would become x / 127.5 - 1.
  const float scale = 2.0F / static_cast<float>(image.max_value);
  auto out = tensor::Tensor::zeros({3, kInputSide, kInputSide});
  const auto plane = std::size_t{kInputSide} * kInputSide;
  for (std::size_t c = 0; c < 3; ++c) {
    const auto* from = planes.data() + (image.channels() == 3 ? c * plane : 0);
    std::transform(from, from + plane, out.data.data() + c * plane,
                   [scale](float value) { return value * scale - 1.0F; });
  }
  return out;
}

Result<tensor::Tensor> load_radiograph(const std::filesystem::path& path,
                                       const LoadOptions& options) {
  VEILRAY_TRY(image, load_image(path, options));
  return preprocess(image);
}

Image to_image(const tensor::Tensor& tensor) {
  const auto& shape = tensor.shape;
  if (shape.size() != 3 || shape[0] != 3 || shape[1] < 1 || shape[2] < 1) {
    throw Error(ErrorCode::kInvalidArgument, "an image tensor has the shape [3, height, width]");
  }
  Image image{static_cast<std::uint32_t>(shape[2]), static_cast<std::uint32_t>(shape[1]),
              Photometric::kRgb, 255};
  const auto plane = image.pixels();
  image.samples.resize(plane * 3);
  bool grey = true;
  for (std::size_t i = 0; i < plane; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      const float level = (tensor.data[c * plane + i] + 1.0F) * 127.5F;
      image.samples[i * 3 + c] =
          static_cast<std::uint16_t>(std::lround(std::clamp(level, 0.0F, 255.0F)));
    }
    grey = grey && image.samples[i * 3] == image.samples[i * 3 + 1] &&
           image.samples[i * 3] == image.samples[i * 3 + 2];
  }
  if (!grey) return image;
  for (std::size_t i = 0; i < plane; ++i) image.samples[i] = image.samples[i * 3];
  image.samples.resize(plane);
  image.photometric = Photometric::kGrey;
  return image;
}

}  // namespace veilray::vision
