// The first byte says how many ciphertexts are expected.
#include "plan/message.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace veilray::plan;
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto parts = split_message(bytes.subspan(1), data[0]);
  if (!parts.ok()) return 0;
  // What splits is joined to the same bytes.
  std::vector<Bytes> copies;
  for (const auto part : parts.value()) copies.emplace_back(part.begin(), part.end());
  if (!std::ranges::equal(join_message(copies), bytes.subspan(1))) std::abort();
  return 0;
}
