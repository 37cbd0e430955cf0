#pragma once
// What all our binary files share: a header that says what it is and for which parameters, and a
// checksum at the end. See docs/formats/.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"

namespace veilray::ckks {

enum class WireKind : std::uint16_t {
  kParams = 1,
  kCiphertext = 2,
  kEvaluationKeys = 3,
  kSecretKey = 4,
  kPublicKey = 5,
};

inline constexpr std::uint16_t kWireVersion = 1;
inline constexpr std::size_t kEnvelopeHeaderBytes = 4 + 2 + 2 + 32 + 8;

/// Starts a file whose body will have exactly `body_bytes` bytes.
ByteWriter begin_envelope(WireKind kind, const Sha256& params_fingerprint, std::size_t body_bytes);
/// Adds the checksum.
std::vector<std::byte> finish_envelope(ByteWriter writer);

struct Envelope {
  Sha256 params_fingerprint{};
  ByteReader body;
};

/// Checks all but the fingerprint. `what` names the file in the failure: "a ciphertext".
Result<Envelope> open_envelope(WireKind kind, const std::string& what,
                               std::span<const std::byte> wire);
/// Checks the fingerprint as well.
Result<Envelope> open_envelope(WireKind kind, const std::string& what, const Sha256& expected,
                               std::span<const std::byte> wire);

/// kMalformed, for a body that does not hold what it should.
Failure damaged(const std::string& what, const std::string& why);

template <class Array>
void read_array(ByteReader& in, Array& out) {
  const auto bytes = in.take(out.size());
  if (bytes.size() == out.size()) std::memcpy(out.data(), bytes.data(), out.size());
}

}  // namespace veilray::ckks
