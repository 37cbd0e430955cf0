#include "vision/dicom.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace veilray::vision;
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto plain = decode_dicom(bytes);
  const auto forced = decode_dicom(bytes, {.force = true});
  // Force lets more in, and changes nothing of what got in without it.
  if (plain.ok() && (!forced.ok() || forced.value() != plain.value())) std::abort();
  if (!forced.ok()) return 0;
  const auto& image = forced.value();
  if (image.samples.size() != image.pixels() * image.channels()) std::abort();
  return 0;
}
