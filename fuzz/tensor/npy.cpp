#include "tensor/npy.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace veilray::tensor;
  const auto tensor = parse_npy(std::as_bytes(std::span(data, size)));
  if (!tensor.ok()) return 0;
  // What parses is consistent, and comes back from being written.
  if (tensor.value().data.size() != element_count(tensor.value().shape)) std::abort();
  const auto again = parse_npy(write_npy(tensor.value()));
  if (!again.ok() || again.value().shape != tensor.value().shape) std::abort();
  return 0;
}
