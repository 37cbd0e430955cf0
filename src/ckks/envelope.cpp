#include "ckks/envelope.h"

#include <algorithm>
#include <utility>

#include "base/file.h"

namespace veilray::ckks {
namespace {

constexpr std::string_view kMagic = "VRLY";

}  // namespace

ByteWriter begin_envelope(WireKind kind, const Sha256& params_fingerprint, std::size_t body_bytes) {
  ByteWriter writer;
  writer.write_bytes(as_bytes(kMagic));
  writer.write(kWireVersion);
  writer.write(static_cast<std::uint16_t>(kind));
  writer.write_bytes(params_fingerprint);
  writer.write(std::uint64_t{body_bytes});
  return writer;
}

std::vector<std::byte> finish_envelope(ByteWriter writer) {
  const Sha256 checksum = sha256(writer.view());
  writer.write_bytes(checksum);
  return std::move(writer).release();
}

Failure damaged(const std::string& what, const std::string& why) {
  return {ErrorCode::kMalformed, why, what, "make or fetch it again"};
}

Result<Envelope> open_envelope(WireKind kind, const std::string& what,
                               std::span<const std::byte> wire) {
  ByteReader reader(wire);
  if (!std::ranges::equal(reader.take(kMagic.size()), as_bytes(kMagic))) {
    return damaged(what, "not a Veilray file");
  }
  const auto version = reader.read<std::uint16_t>();
  if (version != kWireVersion && !reader.failed()) {
    return Failure{ErrorCode::kUnsupported, "format version " + std::to_string(version), what,
                   "use a program that knows it"};
  }
  if (reader.read<std::uint16_t>() != static_cast<std::uint16_t>(kind) && !reader.failed()) {
    return damaged(what, "a Veilray file of another kind");
  }
  Envelope envelope{{}, ByteReader({})};
  read_array(reader, envelope.params_fingerprint);
  const auto body_bytes = reader.read<std::uint64_t>();
  if (reader.failed() || reader.remaining() < sizeof(Sha256) ||
      body_bytes != reader.remaining() - sizeof(Sha256)) {
    return damaged(what, "cut short or longer than it says");
  }
  envelope.body = ByteReader(reader.take(reader.remaining() - sizeof(Sha256)));
  const Sha256 checksum = sha256(wire.first(wire.size() - sizeof(Sha256)));
  if (!std::ranges::equal(reader.take(sizeof(Sha256)), checksum)) {
    return damaged(what, "its checksum does not match");
  }
  return envelope;
}

Result<Envelope> open_envelope(WireKind kind, const std::string& what, const Sha256& expected,
                               std::span<const std::byte> wire) {
  VEILRAY_TRY(envelope, open_envelope(kind, what, wire));
  if (envelope.params_fingerprint != expected) {
    return Failure{ErrorCode::kFingerprintMismatch, "made for other CKKS parameters", what,
                   "use the one that belongs to this model"};
  }
  return envelope;
}

}  // namespace veilray::ckks
