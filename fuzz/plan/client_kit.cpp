#include "plan/client_kit.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace veilray;
  const auto kit = plan::parse_client_kit(std::as_bytes(std::span(data, size)));
  if (!kit.ok()) return 0;
  // What parses is written and read again as the same kit.
  const auto again = plan::parse_client_kit(as_bytes(plan::to_json(kit.value())));
  if (!again.ok() || again.value().fingerprint() != kit.value().fingerprint()) std::abort();
  return 0;
}
