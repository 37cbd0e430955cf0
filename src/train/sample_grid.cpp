#include "train/sample_grid.h"

#include <ATen/ATen.h>

namespace veilray::train {

vision::Image sample_grid(const torch::Tensor& films, const torch::Tensor& made) {
  const auto row = [](const torch::Tensor& images) {  // [n, 3, h, w] to [h, n * w]
    const auto grey = images.detach().to(torch::kCPU).mean(1);
    return grey.permute({1, 0, 2}).reshape({grey.size(1), -1});
  };
  const auto both = at::cat({row(films), row(made)}, 0);
  const auto bytes = ((both + 1.0) * 127.5 + 0.5).clamp(0.0, 255.0).to(torch::kUInt8).contiguous();
  const auto* begin = bytes.data_ptr<std::uint8_t>();
  return {.width = static_cast<std::uint32_t>(bytes.size(1)),
          .height = static_cast<std::uint32_t>(bytes.size(0)),
          .samples = std::vector<std::uint16_t>(begin, begin + bytes.numel())};
}

}  // namespace veilray::train
