#include "graph/classifier_record.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace veilray;
  const auto record = graph::parse_record(std::as_bytes(std::span(data, size)));
  if (!record.ok()) return 0;
  // What parses is written (which throws for a record that would not parse), and reads the same.
  const auto text = graph::to_json(record.value());
  const auto again = graph::parse_record(as_bytes(text));
  if (!again.ok() || graph::to_json(again.value()) != text) std::abort();
  return 0;
}
