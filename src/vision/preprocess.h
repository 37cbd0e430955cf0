#pragma once
// From a radiograph to what the VQGAN encoder eats (NETWORKS.md, Preprocessing).
#include <cstdint>
#include <filesystem>

#include "base/error.h"
#include "tensor/tensor.h"
#include "vision/image.h"

namespace veilray::vision {

inline constexpr std::uint32_t kInputSide = 256;

/// Reads and decodes one file. Every failure names the path.
Result<Image> load_image(const std::filesystem::path& path, const LoadOptions& options = {});

/// Shortest side to 256 (antialiased bilinear as torchvision, in float), centre crop, grey repeated
/// three times: [3, 256, 256] with values in [-1, 1].
tensor::Tensor preprocess(const Image& image);

/// load_image, then preprocess.
Result<tensor::Tensor> load_radiograph(const std::filesystem::path& path,
                                       const LoadOptions& options = {});

/// Back from a [3, h, w] tensor in [-1, 1] to an 8-bit image; values outside are clamped.
/// Grey when the three planes agree after rounding, else RGB.
/// Throws: Error{kInvalidArgument} for another shape.
Image to_image(const tensor::Tensor& tensor);

}  // namespace veilray::vision
