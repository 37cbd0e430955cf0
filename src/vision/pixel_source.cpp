#include "vision/pixel_source.h"

#include <fmt/format.h>

#include "vision/preprocess.h"

namespace veilray::vision {
namespace {

tensor::Tensor shrink(const tensor::Tensor& film, std::int64_t side) {
  const auto from = std::int64_t{kInputSide}, step = from / side;
  auto small = tensor::Tensor::zeros({1, side, side});
  const float share = 1.0F / static_cast<float>(step * step);
  for (std::int64_t y = 0; y < from; ++y) {
    const float* line = film.data.data() + y * from;  // the three planes are equal
    float* out = small.data.data() + y / step * side;
    for (std::int64_t x = 0; x < from; ++x) out[x / step] += share * line[x];
  }
  return small;
}

}  // namespace

LatentSource pixel_source(std::int64_t side) {
  if (side < 1 || kInputSide % side != 0)
    throw Error(ErrorCode::kInvalidArgument, "the side of a film made smaller divides 256");
  return {fmt::format("pixels {}", side),
          [side](const tensor::Tensor& film) -> Result<tensor::Tensor> {
            if (film.shape != tensor::Shape{3, kInputSide, kInputSide})
              return Failure{ErrorCode::kInvalidArgument, "no film of 3 x 256 x 256", "pixels"};
            return shrink(film, side);
          }};
}

}  // namespace veilray::vision
