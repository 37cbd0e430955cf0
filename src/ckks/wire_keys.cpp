#include <optional>
#include <string>
#include <utility>

#include "ckks/envelope.h"
#include "ckks/packing.h"
#include "ckks/wire.h"

namespace veilray::ckks {
namespace {

const std::string kWhat = "evaluation keys";

std::size_t switch_key_bytes(const Params& params, const KeySwitchKey& key) {
  const ring::Shape shape = params.extended_shape(key.level);
  return 4 + key.seed.size() + key.b.size() * shape.limbs() * packed_bytes(shape.n);
}

void write_switch_key(ByteWriter& out, const KeySwitchKey& key) {
  out.write(key.level.value);
  out.write_bytes(key.seed);
  for (const auto& b : key.b) write_packed(out, b);
}

/// Nothing if the reader failed.
std::optional<KeySwitchKey> read_switch_key(ByteReader& in, const Params& params) {
  KeySwitchKey key;
  key.level = {in.read<std::uint32_t>()};
  read_array(in, key.seed);
  if (key.level > params.max_level()) in.fail();
  if (in.failed()) return std::nullopt;
  const ring::Shape shape = params.extended_shape(key.level);
  for (std::uint32_t digit = 0; digit < params.dnum(key.level); ++digit) {
    key.b.push_back(read_packed(in, params, shape));
    if (in.failed()) return std::nullopt;
    key.a.push_back(expand_uniform(params, shape, key.seed, digit));
  }
  return key;
}

std::optional<PublicKey> read_public_key(ByteReader& in, const Params& params) {
  PublicKey key;
  const ring::Shape shape = params.extended_shape(params.max_level());
  read_array(in, key.seed);
  key.b = read_packed(in, params, shape);
  if (in.failed()) return std::nullopt;
  key.a = expand_uniform(params, shape, key.seed);
  return key;
}

/// Ascending, so none twice; each an automorphism other than the identity.
Status read_galois_keys(ByteReader& in, const Params& params, GaloisKeys& keys) {
  const auto count = in.read<std::uint32_t>();
  std::uint64_t last = 1;
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
    const auto element = in.read<std::uint64_t>();
    if (element <= last || element % 2 == 0 || element >= 2 * std::uint64_t{params.n()}) {
      return damaged(kWhat, "an impossible or repeated Galois element");
    }
    last = element;
    auto key = read_switch_key(in, params);
    if (key) keys.add({element}, std::move(*key));
  }
  return Done{};
}

std::size_t body_bytes(const Params& params, const EvaluationKeyBundle& keys) {
  std::size_t bytes = sizeof(ClientId) + sizeof(Sha256) + 4;
  bytes += switch_key_bytes(params, keys.relinearization.key);
  bytes += sizeof(Seed) + keys.public_key.b.limbs() * packed_bytes(params.n());
  for (const auto& [element, key] : keys.galois.all()) {
    bytes += sizeof(element.value) + switch_key_bytes(params, key.key);
  }
  return bytes;
}

}  // namespace

std::vector<std::byte> serialize(const Params& params, const EvaluationKeyBundle& keys) {
  auto writer =
      begin_envelope(WireKind::kEvaluationKeys, params.fingerprint(), body_bytes(params, keys));
  writer.write_bytes(keys.client_id);
  writer.write_bytes(keys.model);
  writer.write_bytes(keys.public_key.seed);
  write_packed(writer, keys.public_key.b);
  write_switch_key(writer, keys.relinearization.key);
  writer.write(static_cast<std::uint32_t>(keys.galois.size()));
  for (const auto& [element, key] : keys.galois.all()) {
    writer.write(element.value);
    write_switch_key(writer, key.key);
  }
  return finish_envelope(std::move(writer));
}

std::vector<std::byte> serialize(const Params& params, const PublicKey& key) {
  const std::size_t bytes = sizeof(Seed) + key.b.limbs() * packed_bytes(params.n());
  auto writer = begin_envelope(WireKind::kPublicKey, params.fingerprint(), bytes);
  writer.write_bytes(key.seed);
  write_packed(writer, key.b);
  return finish_envelope(std::move(writer));
}

Result<PublicKey> parse_public_key(const Params& params, std::span<const std::byte> wire) {
  const std::string what = "a public key";
  VEILRAY_TRY(envelope, open_envelope(WireKind::kPublicKey, what, params.fingerprint(), wire));
  auto key = read_public_key(envelope.body, params);
  if (!key || !envelope.body.finished())
    return damaged(what, "a residue out of range, or bytes missing or left over");
  return *std::move(key);
}

Result<EvaluationKeyBundle> parse_evaluation_keys(const Params& params, const Sha256& model,
                                                  std::span<const std::byte> wire) {
  VEILRAY_TRY(envelope,
              open_envelope(WireKind::kEvaluationKeys, kWhat, params.fingerprint(), wire));
  ByteReader& in = envelope.body;
  EvaluationKeyBundle keys;
  read_array(in, keys.client_id);
  read_array(in, keys.model);
  if (!in.failed() && keys.model != model) {
    return Failure{ErrorCode::kFingerprintMismatch, "made for another model", kWhat,
                   "run keygen with this model's client kit"};
  }
  auto public_key = read_public_key(in, params);
  auto relinearization = read_switch_key(in, params);
  VEILRAY_CHECK_OK(read_galois_keys(in, params, keys.galois));
  if (!in.finished() || !public_key || !relinearization) {
    return damaged(kWhat, "a residue or level out of range, or bytes missing or left over");
  }
  keys.public_key = std::move(*public_key);
  keys.relinearization.key = std::move(*relinearization);
  return keys;
}

}  // namespace veilray::ckks
