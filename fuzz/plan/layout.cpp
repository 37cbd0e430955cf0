// The text form of a layout, which stands in kit.json and plan.bin.
#include "plan/layout.h"

#include <cstdint>
#include <cstdlib>
#include <string>

#include "plan/pool_layout.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace veilray::plan;
  const auto layout = Layout::parse(std::string(reinterpret_cast<const char*>(data), size));
  if (!layout.ok()) return 0;
  // What parses is written in one way, and every element has a place.
  const auto again = Layout::parse(layout.value().text());
  if (!again.ok() || !(again.value() == layout.value())) std::abort();
  const auto& shape = layout.value().shape();
  const Place last = layout.value().place(shape[0] - 1, shape[1] - 1, shape[2] - 1);
  if (last.slot >= layout.value().period() || last.ciphertext >= layout.value().ciphertexts())
    std::abort();
  if (shape[1] >= 2 && shape[2] >= 2) (void)pool_layout(layout.value(), 2);
  return 0;
}
