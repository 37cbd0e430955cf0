#pragma once
// Several images in one ciphertext: a network on B images of C channels is one on B * C channels
// whose layers keep the images apart, as grouped convolutions keep groups apart. So layouts,
// planner and runtime know nothing of images. docs/adr/0022.
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "plan/stages.h"
#include "tensor/tensor.h"

namespace veilray::plan {

/// So many images one ciphertext may carry: a power of two, since layouts number them by bits and
/// others would take as much room as the next one does.
inline constexpr std::uint32_t kMaxImages = 1024;
constexpr bool is_image_count(std::uint32_t images) noexcept {
  return std::has_single_bit(images) && images <= kMaxImages;
}

/// The stages of a network, for so many images at once: channel c of image b is channel b * C + c
/// of every tensor, and output j of image b is output b * outputs + j.
/// Throws: Error{kInvalidArgument} unless is_image_count(images).
std::vector<Stage> for_images(std::vector<Stage> stages, std::uint32_t images);

/// Images [c, h, w] of one shape as the one tensor [images * c, h, w] that for_images expects,
/// zeros where there are fewer. Throws: Error{kInvalidArgument} for none, too many, or different
/// shapes.
tensor::Tensor stack_images(std::span<const tensor::Tensor> images, std::uint32_t count);

/// Of logits, image after image: those of image `image`, of which each has as many as `outputs`.
std::span<const double> of_image(std::span<const double> logits, std::size_t image,
                                 std::int64_t outputs);

}  // namespace veilray::plan
