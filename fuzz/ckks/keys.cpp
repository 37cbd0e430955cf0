// Evaluation keys and public keys, as a server receives them. The first byte chooses whether
// lengths, fingerprint and checksum are put right.
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
      testing::toy_params({.log_n = 10, .chain_primes = 1, .special_primes = 1}).value();
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

  (void)parse_public_key(params, wire);
  Sha256 model{};
  if (wire.size() >= 48 + 16 + model.size()) {
    std::copy_n(wire.begin() + 48 + 16, model.size(), model.begin());
  }
  const auto keys = parse_evaluation_keys(params, model, wire);
  if (keys.ok() && serialize(params, keys.value()) != wire) std::abort();
  return 0;
}
