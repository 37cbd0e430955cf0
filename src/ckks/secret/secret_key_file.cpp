#include <algorithm>
#include <utility>

#include "ckks/envelope.h"
#include "ckks/secret/secret_key.h"

namespace veilray::ckks {
namespace {

constexpr std::size_t kPerByte = 4;  // coefficients, two bits each: 0, 1, and 2 for -1

std::byte pack(std::span<const std::int8_t> four) {
  unsigned packed = 0;
  for (std::size_t i = 0; i < kPerByte; ++i) {
    // -1 is all ones: its last two bits are 3, and 3 - 1 = 2.
    const auto bits = static_cast<unsigned>(four[i]) & 3U;
    packed |= (bits - (bits >> 1)) << (2 * i);
  }
  return static_cast<std::byte>(packed);
}

/// False for the value 3, without a branch on any other.
bool unpack(std::byte packed, std::span<std::int8_t> four) {
  unsigned invalid = 0;
  for (std::size_t i = 0; i < kPerByte; ++i) {
    const auto bits = static_cast<int>(std::to_integer<unsigned>(packed) >> (2 * i) & 3U);
    invalid |= static_cast<unsigned>(bits & (bits >> 1));
    four[i] = static_cast<std::int8_t>((bits & 1) - (bits >> 1));
  }
  return invalid == 0;
}

}  // namespace

SecureVector<std::byte> serialize(const Params& params, const ClientId& client_id,
                                  const Sha256& model, const SecretKey& key) {
  const auto coefficients = key.coefficients();
  const std::size_t packed_bytes = coefficients.size() / kPerByte;
  auto header = begin_envelope(WireKind::kSecretKey, params.fingerprint(),
                               client_id.size() + model.size() + packed_bytes);
  header.write_bytes(client_id);
  header.write_bytes(model);

  // From here on in memory that is wiped.
  SecureVector<std::byte> wire(header.size() + packed_bytes + sizeof(Sha256));
  std::ranges::copy(header.view(), wire.span().begin());
  for (std::size_t i = 0; i < packed_bytes; ++i) {
    wire[header.size() + i] = pack(coefficients.subspan(i * kPerByte, kPerByte));
  }
  const auto content = wire.span().first(header.size() + packed_bytes);
  std::ranges::copy(sha256(content), wire.span().subspan(content.size()).begin());
  return wire;
}

Result<SecretKeyFile> parse_secret_key(const Params& params, std::span<const std::byte> wire) {
  VEILRAY_TRY(envelope,
              open_envelope(WireKind::kSecretKey, "secret key", params.fingerprint(), wire));
  ByteReader& in = envelope.body;
  ClientId client_id{};
  Sha256 model{};
  read_array(in, client_id);
  read_array(in, model);
  const auto packed = in.take(params.n() / kPerByte);
  if (!in.finished()) return damaged("secret key", "bytes missing or left over");

  SecureVector<std::int8_t> coefficients(params.n());
  bool valid = true;
  for (std::size_t i = 0; i < packed.size(); ++i) {
    valid &= unpack(packed[i], coefficients.span().subspan(i * kPerByte, kPerByte));
  }
  if (!valid) return damaged("secret key", "a coefficient that is not ternary");
  return SecretKeyFile{client_id, model, SecretKey(params, std::move(coefficients))};
}

}  // namespace veilray::ckks
