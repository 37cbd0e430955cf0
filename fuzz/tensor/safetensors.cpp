#include "tensor/safetensors.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace veilray::tensor;
  const auto file = parse_safetensors(std::as_bytes(std::span(data, size)));
  if (!file.ok()) return 0;
  // What parses is consistent, and comes back from being written.
  for (const auto& [name, tensor] : file.value().tensors) {
    if (tensor.data.size() != element_count(tensor.shape)) std::abort();
  }
  const auto again = parse_safetensors(write_safetensors(file.value()));
  if (!again.ok() || again.value().tensors.size() != file.value().tensors.size()) std::abort();
  return 0;
}
