#include "vision/image.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "vision/png.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace veilray::vision;
  const auto result = decode_image(std::as_bytes(std::span(data, size)));
  if (!result.ok()) return 0;
  // What decodes is consistent, and comes back from being written.
  const auto& image = result.value();
  if (image.samples.size() != image.pixels() * image.channels()) std::abort();
  if (*std::ranges::max_element(image.samples) > image.max_value) std::abort();
  if (image.pixels() > 1 << 16) return 0;  // writing large ones would only cost time
  const auto again = decode_png(write_png(image));
  if (!again.ok() || again.value() != image) std::abort();
  return 0;
}
