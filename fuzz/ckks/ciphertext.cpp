// The parsers that meet what a client sends. The first byte chooses whether the checksum is put
// right, so that the checks behind it are reached as well.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "base/hash.h"
#include "ckks/toy_params.h"
#include "ckks/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace veilray;
  using namespace veilray::ckks;
  static const Params params =
      testing::toy_params({.log_n = 10, .chain_primes = 2, .special_primes = 1}).value();
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size));
  std::vector<std::byte> wire(bytes.begin() + 1, bytes.end());
  if (data[0] % 2 == 1 && wire.size() >= 80) {
    const std::uint64_t body = wire.size() - 80;
    std::ranges::copy(params.fingerprint(), wire.begin() + 8);
    std::memcpy(&wire[40], &body, sizeof(body));
    const auto checksum = sha256(std::span(wire).first(wire.size() - 32));
    std::ranges::copy(checksum, wire.end() - 32);
  }

  (void)parse_params(wire);
  const auto owner = parse_ciphertext_owner(params, wire);
  if (!owner.ok()) return 0;
  const auto answer = parse_answer(params, owner.value(), wire);
  if (answer.ok()) {
    if (const auto* compact = std::get_if<CompactCiphertext>(&answer.value())) {
      if (serialize(params, owner.value(), *compact) != wire) std::abort();
    }
  }
  const auto ct = parse_ciphertext(params, owner.value(), wire);
  if (!ct.ok()) return 0;
  // What parses is a ciphertext like any other, and in its full form it is written as it was.
  const auto again = serialize(params, owner.value(), ct.value());
  if (!parse_ciphertext(params, owner.value(), again).ok()) std::abort();
  if (wire.size() == again.size() && wire != again) std::abort();
  return 0;
}
