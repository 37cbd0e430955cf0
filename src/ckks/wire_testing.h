#pragma once
// For tests only: damages messages so that the damage is met behind the checksum.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "ckks/envelope.h"
#include "ckks/wire.h"

namespace veilray::ckks::testing {

using Bytes = std::vector<std::byte>;

inline constexpr std::size_t kBody = kEnvelopeHeaderBytes;
inline constexpr std::size_t kBodyLengthAt = 40;  // in the envelope

/// A client and a model of that number.
inline CiphertextOwner owner_of(std::uint8_t number) {
  CiphertextOwner owner;
  owner.client_id.fill(std::byte{number});
  owner.model.fill(static_cast<std::byte>(number + 1));
  return owner;
}

/// The checksum put right again, so that a test meets the check behind it.
inline Bytes resealed(Bytes wire) {
  const auto checksum = sha256(std::span(wire).first(wire.size() - sizeof(Sha256)));
  std::ranges::copy(checksum, wire.end() - sizeof(Sha256));
  return wire;
}

template <class T>
Bytes with(Bytes wire, std::size_t offset, T value) {
  std::memcpy(&wire[offset], &value, sizeof(value));
  return resealed(std::move(wire));
}

/// One more byte in the body, lengths and checksum right.
inline Bytes with_trailing_byte(Bytes wire) {
  wire.insert(wire.end() - sizeof(Sha256), std::byte{0});
  std::uint64_t length = 0;
  std::memcpy(&length, &wire[kBodyLengthAt], 8);
  return with(std::move(wire), kBodyLengthAt, length + 1);
}

/// The last byte of the body gone, lengths and checksum right.
inline Bytes with_missing_byte(Bytes wire) {
  wire.erase(wire.end() - sizeof(Sha256) - 1);
  std::uint64_t length = 0;
  std::memcpy(&length, &wire[kBodyLengthAt], 8);
  return with(std::move(wire), kBodyLengthAt, length - 1);
}

}  // namespace veilray::ckks::testing
