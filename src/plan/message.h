#pragma once
// What crosses the network: the ciphertexts of a request, or of an answer, in order.
// docs/formats/message.md.
#include <cstddef>
#include <span>
#include <vector>

#include "base/error.h"

namespace veilray::plan {

using Bytes = std::vector<std::byte>;

Bytes join_message(std::span<const Bytes> ciphertexts);

/// Views into `message`. Fails with kMalformed, for another magic, another number of ciphertexts
/// than `expected`, or bytes missing or left over.
Result<std::vector<std::span<const std::byte>>> split_message(std::span<const std::byte> message,
                                                              std::size_t expected);

}  // namespace veilray::plan
